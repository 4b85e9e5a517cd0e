"""A measure: how to compute it from predictions, and how to display it."""

import enum
from dataclasses import dataclass

from trainer.measures.statistic import Statistic
from trainer.tasks import Task

NOT_AVAILABLE = "-"


class Direction(enum.Enum):
    """Which values are better."""

    LOWER = "lower"
    HIGHER = "higher"
    # Values closer to 0 are better, e.g. for a bias.
    ZERO = "zero"


class Surface(enum.Enum):
    """Where a measure is displayed. All measures are in the fairness figures and can be bounded."""

    # The fairness page and report, the model card, the lists of runs, and their trend.
    PAGE = "page"
    # The table at the end of a run.
    CONSOLE = "console"
    # `utkface compare`.
    COMPARE = "compare"


@dataclass(frozen=True)
class Unit:
    """The unit and number formats of a measure.

    Attributes:
      name: name of the unit; empty for a share.
      pattern: format of a value on pages.
      exact: format of a value in tables of figures.
      factor: factor that converts a difference to `points`.
      points: unit of a difference.
    """

    name: str
    pattern: str
    exact: str
    factor: float = 1.0
    points: str = ""


SHARE = Unit("", ".0%", ".3f", factor=100.0, points="points")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure of the predictions of a task.

    Attributes:
      task: the task.
      suffix: suffix of the key.
      name: name in messages, after the name of the task; e.g. MAE.
      words: a definition, with its unit.
      title: title on pages and plots, after the name of the task.
      statistic: computes the measure.
      direction: which values are better.
      unit: unit and number formats.
      surfaces: where the measure is displayed.
      heading: column heading, after the name of the task; empty for `name`.
      is_of_one_class: whether it measures a single class; groups are not compared by it.
      tfma: class and name of each metric that TFMA's Evaluator computes for it. With exactly one
        metric, `thresholds` can bound the measure over all examples.
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
        """The key in settings, figures and files, e.g. age_mae."""
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
        """1 if higher values are worse, -1 if higher values are better."""
        return -1 if self.higher_is_better else 1

    @property
    def display_name(self) -> str:
        """The name in messages, e.g. "age MAE"."""
        return f"{self.task.name} {self.name}"

    @property
    def display_title(self) -> str:
        """The title on pages, e.g. "Age: mean error"."""
        return f"{self.task.name.capitalize()}: {self.title or self.name}"

    @property
    def axis(self) -> str:
        return self.unit.name or f"share of {self.title or self.name}"

    def format(self, value: float | None) -> str:
        """Formats a value for pages; an undefined value as "-"."""
        return NOT_AVAILABLE if value is None else format(value, self.unit.pattern)
