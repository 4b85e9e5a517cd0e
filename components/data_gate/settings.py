"""The thresholds of the gate; schema/README.md says what each was measured on."""

from typing import Literal

from pydantic import Field, model_validator

from components.partial_settings import Number, PartialSettings
from trainer import features

Histogram = Literal["standard", "quantiles"]


class Limits(PartialSettings):
    """From where on a measure is told, and from where on it stops the run; None never does."""

    warn: Number | None = Field(default=None, ge=0)
    stop: Number | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _check_order(self) -> "Limits":
        if self.warn is not None and self.stop is not None and self.warn > self.stop:
            raise ValueError("expected warn to be no more than stop")
        return self


class ShareLimits(Limits):
    """Limits of what is 1 at most."""

    warn: Number | None = Field(default=None, ge=0, le=1)
    stop: Number | None = Field(default=None, ge=0, le=1)


class LeastCounts(PartialSettings):
    """Fewer examples than this are told, and stop the run."""

    warn: int = Field(default=0, ge=0)
    stop: int = Field(default=0, ge=0)


class DriftLimits(PartialSettings):
    """How far a feature may move, 0 to 1.

    Of race and gender the greatest change of a share (L-infinity); of the others the
    Jensen-Shannon divergence.
    """

    race: ShareLimits = ShareLimits(warn=0.08, stop=0.15)
    gender: ShareLimits = ShareLimits(warn=0.08, stop=0.15)
    age_band: ShareLimits = ShareLimits(warn=0.02, stop=0.05)
    age: ShareLimits = ShareLimits(warn=0.05, stop=0.1)
    brightness: ShareLimits = ShareLimits(warn=0.05, stop=0.15)
    contrast: ShareLimits = ShareLimits(warn=0.05, stop=0.15)
    sharpness: ShareLimits = ShareLimits(warn=0.12)
    colour: ShareLimits = ShareLimits(warn=0.06, stop=0.1)

    def of(self, feature: str) -> ShareLimits:
        found: ShareLimits = getattr(self, feature)
        return found


class SkewLimits(PartialSettings):
    """How far the labels of the eval and the test split may be from those of train."""

    race: ShareLimits = ShareLimits(warn=0.08, stop=0.15)
    gender: ShareLimits = ShareLimits(warn=0.08, stop=0.15)
    age_band: ShareLimits = ShareLimits(warn=0.03, stop=0.08)

    def of(self, feature: str) -> ShareLimits:
        found: ShareLimits = getattr(self, feature)
        return found


class SliceLimits(PartialSettings):
    """How far a race, a gender, or a gender of a race may move by itself.

    Attributes:
      mean: of a number, in standard deviations of the whole split.
      share: of a label.
      certainty: in standard errors; a move that is less sure is none.
      swapped: by how much, in chi-square, the men and women of a race fit better when they
        are taken for each other.
      min_examples: a slice with fewer is not compared.
    """

    mean: Limits = Limits(warn=0.15, stop=0.25)
    share: ShareLimits = ShareLimits(warn=0.07, stop=0.12)
    certainty: float = Field(default=6.0, gt=0)
    swapped: Limits = Limits(warn=10.0, stop=20.0)
    min_examples: int = Field(default=30, ge=2)


class GateSettings(PartialSettings):
    """What the data gate holds the data against, beside the schema.

    Attributes:
      drift: of the train split, against the span that was accepted last.
      slices: of the train split's slices, likewise.
      skew: between the splits of this run.
      train_cells: each gender of each race in the train split.
      eval_cells: likewise in the eval split.
      largest_share: of one race in the train split.
      unknown_labels: the share of the listed files whose names have the same label out of
        range, such as a race of a new code; one file or two never stop the run.
    """

    drift: DriftLimits = DriftLimits()
    slices: SliceLimits = SliceLimits()
    skew: SkewLimits = SkewLimits()
    train_cells: LeastCounts = LeastCounts(warn=50, stop=1)
    eval_cells: LeastCounts = LeastCounts(warn=10)
    largest_share: ShareLimits = ShareLimits(warn=0.6, stop=0.8)
    unknown_labels: ShareLimits = ShareLimits(warn=0.0, stop=0.005)


# Shares of values for what takes few; of the rest the histogram that noise moves least.
CATEGORIES = (features.RACE_KEY, features.GENDER_KEY)
HISTOGRAMS: dict[str, Histogram] = {
    features.AGE_BAND_KEY: "standard",
    features.AGE_KEY: "standard",
    features.BRIGHTNESS_KEY: "standard",
    features.CONTRAST_KEY: "standard",
    features.SHARPNESS_KEY: "quantiles",
    features.COLOUR_KEY: "standard",
}
