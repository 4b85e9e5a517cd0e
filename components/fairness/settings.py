"""What a model must reach on its slices to be blessed."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import Field, SerializerFunctionWrapHandler, create_model, model_serializer

from components.partial_settings import Number, PartialSettings
from trainer.measures.measure import SHARE, Measure, Surface
from trainer.measures.registry import MEASURES
from trainer.tasks import TASKS


class Bounds(PartialSettings):
    """Bounds of one measure; None asks for nothing.

    Attributes:
      worst: what every slice must reach: at most so much of an error, at least so much of an
        accuracy.
      gap: how far the slices of one attribute may be from the best of them.
      worse: by how much a slice may be worse than it was with the model that was blessed last.
    """

    worst: Number | None = Field(default=None, ge=0)
    gap: Number | None = Field(default=None, ge=0)
    worse: Number | None = Field(default=None, ge=0)


class ShareBounds(Bounds):
    """Bounds of an accuracy, 0 to 1."""

    worst: Number | None = Field(default=None, ge=0, le=1)
    gap: Number | None = Field(default=None, ge=0, le=1)
    worse: Number | None = Field(default=None, ge=0, le=1)


class ByMeasure(PartialSettings):
    """A setting for each measure of trainer.measures.registry.

    Those that ask for nothing are not written out, but for the primary measures: a default that
    was taken back would come again.
    """

    @model_serializer(mode="wrap")
    def _leave_out_what_asks_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        primary = {task.measure_key for task in TASKS}
        return {key: one for key, one in write(self).items() if key in primary or _asks(one)}


def _asks(written: Any) -> bool:
    values = written.values() if isinstance(written, dict) else [written]
    return any(value is not None for value in values)


def _bounds(name: str, attribute: str) -> type[ByMeasure]:
    """Returns settings of bounds whose defaults are an attribute of each task."""
    fields: dict[str, Any] = {}
    for measure in MEASURES:
        kind = ShareBounds if measure.unit is SHARE else Bounds
        is_primary = measure.key == measure.task.measure_key
        default = asdict(getattr(measure.task, attribute)) if is_primary else {}
        fields[measure.key] = (kind, kind(**default))
    return create_model(name, __base__=ByMeasure, **fields)


def _improvement() -> type[ByMeasure]:
    fields: dict[str, Any] = {}
    for measure in MEASURES:
        least, most = (-1, 1) if measure.unit is SHARE else (None, None)
        fields[measure.key] = (Number | None, Field(default=None, ge=least, le=most))
    return create_model("Improvement", __base__=ByMeasure, **fields)


if TYPE_CHECKING:

    class GroupBounds(ByMeasure): ...

    class AgeBandBounds(ByMeasure): ...

    class Improvement(ByMeasure): ...

else:
    GroupBounds = _bounds("GroupBounds", "group_bounds")
    AgeBandBounds = _bounds("AgeBandBounds", "age_band_bounds")
    Improvement = _improvement()


class FairnessSettings(PartialSettings):
    """What is asked of slices; a bound counts as missed only where chance does not explain it.

    Attributes:
      min_examples: slices of fewer test examples are shown, and asked nothing.
      confidence: how sure all of it together must be: with nothing wrong, no bound is missed so
        often.
      groups: bounds by measure of each group of each attribute, and of their combinations.
      age_bands: bounds by measure of each age band.
      improvement: by how much each measure must be better than with the model blessed last, over
        all test examples; below 0 it may be so much worse. Chance is not allowed for.
    """

    min_examples: int = Field(default=30, ge=2)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    groups: GroupBounds = GroupBounds()
    age_bands: AgeBandBounds = AgeBandBounds()
    improvement: Improvement = Improvement()

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
