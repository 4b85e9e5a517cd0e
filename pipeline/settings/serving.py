"""Settings of pushed models."""

from pydantic import Field

from trainer.settings.base import Settings


class ServingSettings(Settings):
    """How many pushed models are kept.

    Attributes:
      keep: number of versions to keep, the newest, withdrawn versions included. The version that is
        served is always kept.
    """

    keep: int = Field(default=10, ge=1)
