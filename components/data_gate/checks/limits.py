"""Limits, and the level of a value that is compared with them."""

from pydantic import Field, model_validator

from components.data_gate.finding import Level
from components.partial_settings import Number, PartialSettings


class Limits(PartialSettings):
    """Limits of one measure. `null` disables a limit.

    Attributes:
      warn: values above it are reported.
      stop: values above it stop the run.
    """

    warn: Number | None = Field(default=None, ge=0)
    stop: Number | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _check_order(self) -> "Limits":
        if self.warn is not None and self.stop is not None and self.warn > self.stop:
            raise ValueError("expected warn to be no more than stop")
        return self


class ShareLimits(Limits):
    """Limits of a measure from 0 to 1. `null` disables a limit."""

    warn: Number | None = Field(default=None, ge=0, le=1)
    stop: Number | None = Field(default=None, ge=0, le=1)


def judge(value: float, limits: Limits, least: float = 0.0) -> tuple[Level, float | None]:
    """Returns the level of a value, and the limit that it exceeds; None if it exceeds none.

    Args:
      value: measured value.
      limits: limits to compare it with.
      least: lower bound of the limits; a lower limit is raised to it.
    """
    for level, limit in ((Level.STOP, limits.stop), (Level.WARN, limits.warn)):
        if limit is not None and value > max(limit, least):
            return level, max(limit, least)
    return Level.PASS, None
