"""Settings that may be given in part."""

from typing import Annotated, Any

from pydantic import Strict, model_validator

from trainer.settings.base import Settings

# In YAML, `yes` is not a number.
Number = Annotated[float, Strict()]


class PartialSettings(Settings):
    """Settings that may be given in part: all others keep their defaults."""

    @model_validator(mode="before")
    @classmethod
    def _keep_defaults(cls, given: Any) -> Any:
        """Keeps defaults: otherwise, a given `warn` would reset the `stop` beside it."""
        if not isinstance(given, dict):
            return given
        completed = dict(given)
        for name, field in cls.model_fields.items():
            if isinstance(field.default, PartialSettings) and isinstance(completed.get(name), dict):
                completed[name] = {**field.default.model_dump(), **completed[name]}
        return completed
