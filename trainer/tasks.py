"""Declares the tasks of a model: what it predicts for a face.

This module is a leaf: it imports nothing of the project and nothing heavy. The class codes and
their words come from the UTKFace paper (Zhang, Song and Qi, CVPR 2017). `trainer.groups` declares
the attributes that people are grouped by.
"""

import enum
from dataclasses import dataclass


class Kind(enum.Enum):
    """The kind of a task, which determines its head, loss and metric."""

    REGRESSION = "regression"
    BINARY = "binary"
    MULTICLASS = "multiclass"


@dataclass(frozen=True)
class Bounds:
    """Default bounds of the primary measure on slices; None sets no bound.

    Attributes:
      worst: the value that every slice must reach.
      gap: the largest difference from the best slice.
      worse: the largest regression of a slice from the model blessed last.
    """

    worst: float | None = None
    gap: float | None = None
    worse: float | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """A prediction task of the model.

    Attributes:
      name: name of the task, and feature key of its label.
      kind: kind of the prediction.
      classes: the words for the codes 0, 1, ...; empty for a regression.
      people: words for people of each class; empty if there are none.
      unit: unit of a regression, for display.
      minimum, maximum: range of a label, both inclusive; derived from `classes` if there are any.
      loss: default of the setting for the loss of a regression; see
        trainer.settings.hyperparameters.
      loss_weight: default weight of the loss; None leaves the weight to the loss.
      is_grouping: whether the task defines slices, with bounds in the fairness settings.
      overall_bound: default bound of the primary measure over all test examples.
      group_bounds: default bounds of the primary measure on groups of people.
      age_band_bounds: default bounds of the primary measure on age bands.
      judged_from_age: the age from which a face shows the label; 0 for any age.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    unit: str = ""
    minimum: int = 0
    maximum: int = 0
    loss: str = ""
    loss_weight: float | None = 1.0
    is_grouping: bool = False
    overall_bound: float | None = None
    group_bounds: Bounds = Bounds()
    age_band_bounds: Bounds = Bounds()
    judged_from_age: int = 0

    def __post_init__(self) -> None:
        if self.classes:
            object.__setattr__(self, "maximum", len(self.classes) - 1)

    @property
    def measure(self) -> str:
        """The Keras name of the primary measure in the history of a training."""
        return "mae" if self.kind is Kind.REGRESSION else "accuracy"

    @property
    def measure_title(self) -> str:
        """The name of the primary measure, for display."""
        return "mean absolute error" if self.kind is Kind.REGRESSION else "accuracy"

    @property
    def label_key(self) -> str:
        """The feature key of the label, int64."""
        return self.name

    @property
    def output_key(self) -> str:
        """The name of the model's output."""
        return f"{self.name}_output"

    @property
    def served_units(self) -> int:
        """The width of the served output."""
        return len(self.classes) if self.kind is Kind.MULTICLASS else 1

    @property
    def measure_key(self) -> str:
        """The key of the primary measure; see trainer.measures.registry."""
        return f"{self.name}_{self.measure}"

    @property
    def history_key(self) -> str:
        """The name of the metric in the history of a training."""
        return f"{self.output_key}_{self.measure}"


AGE = Task(
    name="age",
    kind=Kind.REGRESSION,
    unit="years",
    maximum=116,
    loss="label_distribution",
    loss_weight=None,
    overall_bound=15.0,
    group_bounds=Bounds(worst=12.0, gap=6.0, worse=0.5),
    # Ages differ more than groups do.
    age_band_bounds=Bounds(worst=18.0, worse=0.5),
)
GENDER = Task(
    name="gender",
    kind=Kind.BINARY,
    classes=("male", "female"),
    people=("men", "women"),
    is_grouping=True,
    overall_bound=0.6,
    group_bounds=Bounds(worst=0.6, gap=0.2, worse=0.03),
    # A baby's face does not show its gender.
    age_band_bounds=Bounds(worse=0.03),
    judged_from_age=15,
)
RACE = Task(
    name="race",
    kind=Kind.MULTICLASS,
    classes=("White", "Black", "Asian", "Indian", "Others"),
    is_grouping=True,
    overall_bound=0.55,
    group_bounds=Bounds(worse=0.05),
    age_band_bounds=Bounds(worst=0.4, worse=0.05),
)

# In the order of the model's outputs.
TASKS = (AGE, GENDER, RACE)
# The words for the codes of the label, by its feature key.
CLASSES = {task.label_key: task.classes for task in TASKS if task.classes}
