"""The tasks of a model: what it predicts for a face, each declared here once.

This module is a leaf: it imports nothing of the project and nothing heavy. The class codes and
their words are those of the UTKFace paper (Zhang, Song and Qi, CVPR 2017). `trainer.groups`
declares what people are grouped by.
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
      people: what people of each class are called, where there are words for it.
      unit: of a regression, for people.
      minimum, maximum: the range of a label, both inclusive.
      loss: the default of the setting that names the loss of a regression; see
        trainer.hyperparameters.
      loss_weight: the default weight of the loss; None leaves it to the loss.
      measure: the primary measure, as Keras names it in the history of a training.
      measure_title: the name of the measure for people.
      is_grouping: whether people are grouped by it: slices, and the bounds of the fairness
        settings.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    unit: str = ""
    minimum: int = 0
    maximum: int
    loss: str = ""
    loss_weight: float | None = 1.0
    measure: str
    measure_title: str
    is_grouping: bool = False

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


def _classification(
    name: str, kind: Kind, classes: tuple[str, ...], people: tuple[str, ...] = ()
) -> Task:
    return Task(
        name=name,
        kind=kind,
        classes=classes,
        people=people,
        maximum=len(classes) - 1,
        measure="accuracy",
        measure_title="accuracy",
        is_grouping=True,
    )


AGE = Task(
    name="age",
    kind=Kind.REGRESSION,
    unit="years",
    maximum=116,
    loss="label_distribution",
    loss_weight=None,
    measure="mae",
    measure_title="mean absolute error",
)
GENDER = _classification("gender", Kind.BINARY, ("male", "female"), ("men", "women"))
RACE = _classification("race", Kind.MULTICLASS, ("White", "Black", "Asian", "Indian", "Others"))

# In the order of the model's outputs.
TASKS = (AGE, GENDER, RACE)
# The words for the codes of the label, by its feature key.
CLASSES = {task.label_key: task.classes for task in TASKS if task.classes}
