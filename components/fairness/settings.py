"""Settings of the bounds that a model must meet on its slices to be blessed."""

from dataclasses import asdict
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, create_model, model_serializer

from components.partial_settings import Number, PartialSettings
from trainer.measures.measure import SHARE, Measure, Surface
from trainer.measures.registry import MEASURES
from trainer.tasks import TASKS


class Bounds(PartialSettings):
    """Bounds of one measure. `null` disables a bound.

    Attributes:
      worst: value that every slice must reach. A maximum for errors, a minimum for accuracies.
      gap: maximum distance from the best slice of the same attribute.
      worse: maximum loss of quality since the model blessed last, on the same images.
    """

    worst: Number | None = Field(default=None, ge=0)
    gap: Number | None = Field(default=None, ge=0)
    worse: Number | None = Field(default=None, ge=0)


class ShareBounds(Bounds):
    """Bounds of a measure from 0 to 1. `null` disables a bound."""

    worst: Number | None = Field(default=None, ge=0, le=1)
    gap: Number | None = Field(default=None, ge=0, le=1)
    worse: Number | None = Field(default=None, ge=0, le=1)


class ByMeasure(PartialSettings):
    """One setting per measure; `null` disables it. Shares are from 0 to 1."""

    # Leave out settings without bounds. Keep primary measures: if a user disabled their default
    # bounds, leaving them out would restore the defaults.
    @model_serializer(mode="wrap")
    def _omit_without_bounds(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        primary = {task.measure_key for task in TASKS}
        return {
            key: bounds
            for key, bounds in write(self).items()
            if key in primary or _has_bound(bounds)
        }


def _has_bound(bounds: Any) -> bool:
    values = bounds.values() if isinstance(bounds, dict) else [bounds]
    return any(value is not None for value in values)


def _bounds(name: str, attribute: str) -> type[ByMeasure]:
    """Returns a settings class for bounds, with defaults from `attribute` of each task."""
    fields: dict[str, Any] = {}
    for measure in MEASURES:
        kind = ShareBounds if measure.unit is SHARE else Bounds
        is_primary = measure.key == measure.task.measure_key
        default = asdict(getattr(measure.task, attribute)) if is_primary else {}
        fields[measure.key] = (kind, Field(default=kind(**default), description=measure.words))
    return create_model(name, __base__=ByMeasure, **fields)


def _improvement() -> type[ByMeasure]:
    fields: dict[str, Any] = {}
    for measure in MEASURES:
        limits: dict[str, Any] = {"default": None, "description": measure.words}
        if measure.unit is SHARE:
            limits |= {"ge": -1, "le": 1}
        fields[measure.key] = (Number | None, Field(**limits))
    return create_model("Improvement", __base__=ByMeasure, **fields)


GroupBounds = _bounds("GroupBounds", "group_bounds")
AgeBandBounds = _bounds("AgeBandBounds", "age_band_bounds")
Improvement = _improvement()


class FairnessSettings(PartialSettings):
    """Bounds on slices of the test split, missed only where chance does not explain the miss.

    Attributes:
      min_examples: minimum size of a slice. Smaller slices are reported but not bounded.
      confidence: confidence of all comparisons together. If nothing is wrong, no bound is missed
        with this probability.
      groups: bounds for each race, gender and race x gender group, by measure.
      age_bands: bounds for each age band, by measure.
      improvement: minimum improvement over the model blessed last, on all test images, by measure.
        A negative value allows a decline. Chance is not taken into account. `null` disables a
        bound.
    """

    min_examples: int = Field(default=30, ge=2)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    groups: GroupBounds = GroupBounds()  # type: ignore[valid-type]
    age_bands: AgeBandBounds = AgeBandBounds()  # type: ignore[valid-type]
    improvement: Improvement = Improvement()  # type: ignore[valid-type]

    @property
    def compared_measures(self) -> tuple[Measure, ...]:
        """The measures that the model blessed last is compared by."""
        return tuple(
            measure
            for measure in MEASURES
            if Surface.PAGE in measure.surfaces
            or getattr(self.groups, measure.key).worse is not None
            or getattr(self.age_bands, measure.key).worse is not None
            or getattr(self.improvement, measure.key) is not None
        )
