"""The settings of the gate; schema/README.md describes the measurements behind each limit."""

from typing import Any

from pydantic import Field, create_model

from components.data_gate.checks.compared_features import COMPARED
from components.data_gate.checks.limits import Limits, ShareLimits
from components.partial_settings import PartialSettings


class LeastCounts(PartialSettings):
    """Minimum numbers of examples.

    Attributes:
      warn: fewer examples are reported.
      stop: fewer examples stop the run.
    """

    warn: int = Field(default=0, ge=0)
    stop: int = Field(default=0, ge=0)


class DistanceLimits(PartialSettings):
    """Limits on the distance between two distributions, from 0 (equal) to 1 (disjoint)."""

    def of(self, feature: str) -> ShareLimits:
        limits: ShareLimits = getattr(self, feature)
        return limits


def _limits(name: str, defaults: dict[str, ShareLimits]) -> type[DistanceLimits]:
    fields: dict[str, Any] = {
        key: (ShareLimits, Field(default=default, description=COMPARED[key].distance))
        for key, default in defaults.items()
    }
    return create_model(name, __base__=DistanceLimits, __module__=__name__, **fields)


# How far a feature may move, from 0 (not at all) to 1.
DriftLimits = _limits("DriftLimits", {key: one.drift for key, one in COMPARED.items()})
# How far the labels of the eval and test splits may be from the train labels.
SkewLimits = _limits("SkewLimits", {key: one.skew for key, one in COMPARED.items() if one.skew})


class SliceLimits(PartialSettings):
    """Limits on the change of a race, gender or race x gender group since the last accepted span.

    Attributes:
      mean: change of a feature's mean, in standard deviations of the whole split.
      share: change of a label's share.
      certainty: minimum size of a change, in standard errors. Smaller changes are ignored as
        chance.
      swapped: chi-square gain from swapping two classes. A high gain means that, for example, the
        men and women of one race carry each other's labels.
      min_examples: minimum size of a slice. Smaller slices are not compared.
    """

    mean: Limits = Limits(warn=0.15, stop=0.25)
    share: ShareLimits = ShareLimits(warn=0.07, stop=0.12)
    certainty: float = Field(default=6.0, gt=0)
    swapped: Limits = Limits(warn=10.0, stop=20.0)
    min_examples: int = Field(default=30, ge=2)


class GateSettings(PartialSettings):
    """Limits of the data gate, in addition to the schema.

    Attributes:
      drift: distance of the train split from the span accepted last.
      slices: change of each group since the span accepted last.
      skew: distance of the eval and test labels from the train labels.
      train_cells: examples of each race x gender group in the train split.
      eval_cells: examples of each race x gender group in the eval split.
      largest_share: share of the largest race in the train split.
      unknown_labels: share of listed files with the same label out of range. One or two such files
        never stop the run.
    """

    drift: DriftLimits = DriftLimits()  # type: ignore[valid-type]
    slices: SliceLimits = SliceLimits()
    skew: SkewLimits = SkewLimits()  # type: ignore[valid-type]
    train_cells: LeastCounts = LeastCounts(warn=50, stop=1)
    eval_cells: LeastCounts = LeastCounts(warn=10)
    largest_share: ShareLimits = ShareLimits(warn=0.6, stop=0.8)
    unknown_labels: ShareLimits = ShareLimits(warn=0.0, stop=0.005)
