"""When a prediction is kept back."""

from typing import Any

from pydantic import Field, create_model

from trainer.settings.base import Settings
from trainer.tasks import TASKS, Task


def _setting_of(task: Task) -> str:
    return f"min_{task.name}_certainty"


_FIELDS: dict[str, Any] = {
    _setting_of(task): (float, Field(default=0.0, ge=0, le=1)) for task in TASKS if task.classes
}
_Certainties: Any = create_model("_Certainties", __base__=Settings, **_FIELDS)


class PredictionSettings(_Certainties):
    """How certain an answer must be to be given; 0 gives all of them.

    The fairness report shows, group by group, how often the model is right if it keeps silent
    where it is less certain. Those kept back are mostly children and unclear faces.

    Attributes:
      min_<task>_certainty: of the class of a task, 0 to 1; of n classes no answer is below 1 / n.
    """

    def least_of(self, task: Task) -> float:
        """Returns how certain the class of a task must be."""
        return float(getattr(self, _setting_of(task)))
