"""The tasks of a model: what it predicts for a face, each declared here once.

This module is a leaf: it imports nothing of the project and nothing heavy. The class codes and
their words are those of the UTKFace paper (Zhang, Song and Qi, CVPR 2017).
"""

import enum
from dataclasses import dataclass


class Kind(enum.Enum):
    """How a task is predicted, and so what its head, its loss and its metric are."""

    REGRESSION = "regression"
    BINARY = "binary"
    MULTICLASS = "multiclass"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that a model predicts.

    Attributes:
      name: of the task; also the feature key of its label.
      kind: how it is predicted.
      classes: the words for the codes 0, 1, ...; empty for a regression.
      unit: of a regression, for people.
      minimum, maximum: the range of a label, both inclusive.
      measure: the metric of a training, as Keras names it in the history.
      measure_title: of the metric, for people.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...] = ()
    unit: str = ""
    minimum: int = 0
    maximum: int
    measure: str
    measure_title: str

    @property
    def label_key(self) -> str:
        """The feature key of the label, int64."""
        return self.name

    @property
    def output_key(self) -> str:
        """The name of the model's output."""
        return f"{self.name}_output"

    @property
    def history_key(self) -> str:
        """What the history of a training calls the metric."""
        return f"{self.output_key}_{self.measure}"


def _classification(name: str, kind: Kind, classes: tuple[str, ...]) -> Task:
    return Task(
        name=name,
        kind=kind,
        classes=classes,
        maximum=len(classes) - 1,
        measure="accuracy",
        measure_title="accuracy",
    )


AGE = Task(
    name="age",
    kind=Kind.REGRESSION,
    unit="years",
    maximum=116,
    measure="mae",
    measure_title="mean absolute error",
)
GENDER = _classification("gender", Kind.BINARY, ("male", "female"))
RACE = _classification("race", Kind.MULTICLASS, ("White", "Black", "Asian", "Indian", "Others"))

# In the order of the model's outputs.
TASKS = (AGE, GENDER, RACE)
# The words for the codes of the label, by its feature key.
CLASSES = {task.label_key: task.classes for task in TASKS if task.classes}
