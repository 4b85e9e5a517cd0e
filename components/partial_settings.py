"""Settings of which a part may be given."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Strict, model_validator

# Of YAML, `yes` is no number.
Number = Annotated[float, Strict()]


class PartialSettings(BaseModel):
    """Settings of which a part may be given: the rest stays what it was."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )

    @model_validator(mode="before")
    @classmethod
    def _keep_the_rest(cls, given: Any) -> Any:
        """Without this, a `warn` alone would take away the `stop` beside it."""
        if not isinstance(given, dict):
            return given
        kept = dict(given)
        for name, field in cls.model_fields.items():
            if isinstance(field.default, PartialSettings) and isinstance(kept.get(name), dict):
                kept[name] = {**field.default.model_dump(), **kept[name]}
        return kept
