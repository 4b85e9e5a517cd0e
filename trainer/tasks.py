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


@dataclass(frozen=True)
class Bounds:
    """Default bounds of the primary measure on slices; None asks for nothing.

    Attributes:
      worst: the value that every slice must reach.
      gap: how far a slice may be from the best one.
      worse: by how much a slice may be worse than with the model blessed last.
    """

    worst: float | None = None
    gap: float | None = None
    worse: float | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that a model predicts.

    Attributes:
      name: of the task; also the feature key of its label.
      kind: how it is predicted.
      classes: the words for the codes 0, 1, ...; empty for a regression.
      people: what people of each class are called, where there are words for it.
      unit: of a regression, for people.
      minimum, maximum: the range of a label, both inclusive; of classes it follows from them.
      loss: the default of the setting that names the loss of a regression; see
        trainer.settings.hyperparameters.
      loss_weight: the default weight of the loss; None leaves it to the loss.
      is_grouping: whether people are grouped by it: slices, and the bounds of the fairness
        settings.
      overall_bound: the default bound of the primary measure over all test examples.
      group_bounds: the default bounds of the primary measure on groups of people.
      age_band_bounds: on age bands.
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
        """The primary measure, as Keras names it in the history of a training."""
        return "mae" if self.kind is Kind.REGRESSION else "accuracy"

    @property
    def measure_title(self) -> str:
        """The name of the primary measure for people."""
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
        """The width of the output as it is served."""
        return len(self.classes) if self.kind is Kind.MULTICLASS else 1

    @property
    def measure_key(self) -> str:
        """The key of the primary measure; see trainer.measures.registry."""
        return f"{self.name}_{self.measure}"

    @property
    def history_key(self) -> str:
        """What the history of a training calls the metric."""
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
    # Nobody can tell the gender of a baby by its face.
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
