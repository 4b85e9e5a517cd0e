"""Thresholds below which predictions are reported as unsure."""

from typing import Any

from pydantic import Field, create_model

from trainer.settings.base import Settings
from trainer.tasks import TASKS, Task


def _name_setting(task: Task) -> str:
    return f"min_{task.name}_certainty"


_FIELDS: dict[str, Any] = {
    _name_setting(task): (float, Field(default=0.0, ge=0, le=1)) for task in TASKS if task.classes
}
_Certainties: Any = create_model("_Certainties", __base__=Settings, **_FIELDS)


class PredictionSettings(_Certainties):
    """Certainty that `utkface predict` needs; less certain predictions are reported as unsure.

    The fairness report shows accuracy against coverage for each group. Most predictions below a
    threshold are of children and unclear images.

    Attributes:
      min_<task>_certainty: minimum probability of the predicted class. 0 reports every prediction.
        A threshold of 1 / n or less, for n classes, has no effect.
    """

    def threshold_of(self, task: Task) -> float:
        """Returns the minimum probability of the predicted class of a task."""
        return float(getattr(self, _name_setting(task)))
