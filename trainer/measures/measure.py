"""A measure: what is computed of predictions, and how people read it."""

import enum
from dataclasses import dataclass

from trainer.measures.statistic import Statistic
from trainer.tasks import Task

NOT_AVAILABLE = "-"


class Direction(enum.Enum):
    """Which values are better."""

    LOWER = "lower"
    HIGHER = "higher"
    # The nearer to 0 the better, such as a bias.
    ZERO = "zero"


class Surface(enum.Enum):
    """Where a measure is displayed; every one is in the fairness figures, and can be bounded."""

    # The fairness page and report, the model card, the lists of runs, and their trend.
    PAGE = "page"
    # The table at the end of a run.
    CONSOLE = "console"
    # `utkface compare`.
    COMPARE = "compare"


@dataclass(frozen=True)
class Unit:
    """How values are written.

    Attributes:
      name: of the unit; empty for a share.
      pattern: the format of a value on pages.
      exact: the format of a value in tables of figures.
      factor: what a difference is multiplied by.
      points: the unit of a difference.
    """

    name: str
    pattern: str
    exact: str
    factor: float = 1.0
    points: str = ""


SHARE = Unit("", ".0%", ".3f", factor=100.0, points="points")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure of predictions of one task.

    Attributes:
      task: the task.
      suffix: of the key.
      name: in messages, after the task's name; such as MAE.
      words: a definition, with its unit.
      title: on pages and plots, after the task's name.
      statistic: computes it.
      direction: which values are better.
      unit: how values are written.
      surfaces: where it is displayed.
      heading: of a column, after the task's name; empty for `name`.
      is_of_one_class: whether it says how one class fares, so that groups are not compared by it.
      tfma: the classes and names of the metrics that TFMA's Evaluator computes for it. With one
        of them `thresholds` can bound it over all examples.
    """

    task: Task
    suffix: str
    name: str
    words: str
    title: str = ""
    statistic: Statistic
    direction: Direction
    unit: Unit
    surfaces: frozenset[Surface] = frozenset()
    heading: str = ""
    is_of_one_class: bool = False
    tfma: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Such as age_mae: in settings, figures and files."""
        return f"{self.task.name}_{self.suffix}"

    @property
    def higher_is_better(self) -> bool:
        return self.direction is Direction.HIGHER

    @property
    def best(self) -> int:
        """The value of a perfect model."""
        return int(self.higher_is_better)

    @property
    def worse_sign(self) -> int:
        """What makes more of it worse: 1, or -1 where higher is better."""
        return -1 if self.higher_is_better else 1

    @property
    def display_name(self) -> str:
        """Such as "age MAE"."""
        return f"{self.task.name} {self.name}"

    @property
    def display_title(self) -> str:
        """Such as "Age: mean error"."""
        return f"{self.task.name.capitalize()}: {self.title or self.name}"

    @property
    def axis(self) -> str:
        return self.unit.name or f"share of {self.title or self.name}"

    def format(self, value: float | None) -> str:
        """Returns a value as pages write it; one that is not defined as "-"."""
        return NOT_AVAILABLE if value is None else format(value, self.unit.pattern)
