"""The base of all settings, of this package and of those above it."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Settings that are checked when they are made, and do not change.

    Raises:
      pydantic.ValidationError: for an unknown name, a value that does not fit, a NaN or infinity.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )
