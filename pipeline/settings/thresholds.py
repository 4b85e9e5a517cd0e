"""Quality that a model needs on the whole test split: a bound for each Evaluator metric."""

from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from trainer.measures.measure import SHARE, Direction, Measure
from trainer.measures.registry import MEASURES
from trainer.settings.base import Settings


class _OverallBounds(Settings):
    """Bounds on the whole test split, checked by the Evaluator.

    A model that misses one is not pushed. `null` disables a bound.
    """


def _name(measure: Measure) -> str:
    return f"{'min' if measure.higher_is_better else 'max'}_{measure.key}"


# The measure of each setting, and TFMA's name of the bound.
BOUNDS = {
    _name(measure): (measure, "lower_bound" if measure.higher_is_better else "upper_bound")
    for measure in MEASURES
    if len(measure.tfma) == 1 and measure.direction is not Direction.ZERO
}


def _thresholds() -> type[Settings]:
    fields: dict[str, Any] = {}
    for name, (measure, _) in BOUNDS.items():
        limits: dict[str, Any] = {"ge": 0, "le": 1} if measure.unit is SHARE else {"gt": 0}
        limits["description"] = f"{name[:3]}imum {measure.words}"
        task = measure.task
        if measure.key == task.measure_key and task.overall_bound is not None:
            # Without any threshold the Evaluator blesses nothing.
            fields[name] = (float, Field(default=task.overall_bound, **limits))
        else:
            fields[name] = (float | None, Field(default=None, **limits))
    return create_model("Thresholds", __base__=_OverallBounds, **fields)


if TYPE_CHECKING:

    class Thresholds(Settings): ...

else:
    Thresholds = _thresholds()
