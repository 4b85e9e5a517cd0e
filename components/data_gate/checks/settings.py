"""The settings of the gate; schema/README.md says what each limit was measured on."""

from typing import Any

from pydantic import Field, create_model

from components.data_gate.checks.compared import COMPARED
from components.data_gate.checks.judging import Limits, ShareLimits
from components.partial_settings import PartialSettings


class LeastCounts(PartialSettings):
    """Fewer examples than this are reported, and stop the run."""

    warn: int = Field(default=0, ge=0)
    stop: int = Field(default=0, ge=0)


class DistanceLimits(PartialSettings):
    """How far a feature may be from the same feature of other examples, by name; see COMPARED."""

    def of(self, feature: str) -> ShareLimits:
        found: ShareLimits = getattr(self, feature)
        return found


def _limits(name: str, defaults: dict[str, ShareLimits]) -> type[DistanceLimits]:
    fields: dict[str, Any] = {key: (ShareLimits, default) for key, default in defaults.items()}
    return create_model(name, __base__=DistanceLimits, __module__=__name__, **fields)


# How far a feature may move: 0, not at all, to 1.
DriftLimits = _limits("DriftLimits", {key: one.drift for key, one in COMPARED.items()})
# How far the labels of the eval and the test split may be from those of train.
SkewLimits = _limits("SkewLimits", {key: one.skew for key, one in COMPARED.items() if one.skew})


class SliceLimits(PartialSettings):
    """How far a group of people may move by itself.

    Attributes:
      mean: of a number, in standard deviations of the whole split.
      share: of a label.
      certainty: in standard errors; a move that is less sure is none.
      swapped: by how much, in chi-square, a group fits better when two classes of people in it
        are swapped.
      min_examples: a slice with fewer is not compared.
    """

    mean: Limits = Limits(warn=0.15, stop=0.25)
    share: ShareLimits = ShareLimits(warn=0.07, stop=0.12)
    certainty: float = Field(default=6.0, gt=0)
    swapped: Limits = Limits(warn=10.0, stop=20.0)
    min_examples: int = Field(default=30, ge=2)


class GateSettings(PartialSettings):
    """What the data gate compares the data with, beside the schema.

    Attributes:
      drift: of the train split, against the span that was accepted last.
      slices: of the train split's slices, also.
      skew: between the splits of this run.
      train_cells: each group of trainer.groups.INTERSECTION in the train split.
      eval_cells: the same groups in the eval split.
      largest_share: of one value of the first attribute of the intersection in the train split.
      unknown_labels: the share of the listed files whose names have the same label out of
        range, such as a new code; one file or two never stop the run.
    """

    drift: DriftLimits = DriftLimits()  # type: ignore[valid-type]
    slices: SliceLimits = SliceLimits()
    skew: SkewLimits = SkewLimits()  # type: ignore[valid-type]
    train_cells: LeastCounts = LeastCounts(warn=50, stop=1)
    eval_cells: LeastCounts = LeastCounts(warn=10)
    largest_share: ShareLimits = ShareLimits(warn=0.6, stop=0.8)
    unknown_labels: ShareLimits = ShareLimits(warn=0.0, stop=0.005)
