"""How often each class of a binary task is predicted as the other, group by group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.fairness.display import format_estimate, format_gap
from trainer.groups import ATTRIBUTES
from trainer.measures.measure import SHARE
from trainer.tasks import Task


@dataclass(frozen=True)
class ErrorRate:
    """The share of one class of a group that is predicted as the other.

    Attributes:
      words: such as "12% (9% to 16%)", "-" of nobody.
      examples: how many are of the class.
      too_small: whether they are too few to say much.
    """

    words: str
    examples: int
    too_small: bool


@dataclass(frozen=True)
class BinaryErrors:
    """The errors of a group.

    Attributes:
      group: its name.
      rates: of the class 1, then of the class 0; see error_titles.
    """

    group: str
    rates: tuple[ErrorRate, ...]


def error_titles(task: Task) -> list[str]:
    """Returns what the rates of BinaryErrors are called."""
    negative, positive = task.people or task.classes
    return [
        f"{positive.capitalize()} misclassified as {negative}",
        f"{negative.capitalize()} misclassified as {positive}",
    ]


def find_binary_errors(document: Mapping[str, Any], task: Task) -> list[BinaryErrors]:
    """Returns a row for all, and each group of the attributes that are not the task itself.

    Args:
      document: of components.fairness.document.
      task: a binary one.
    """
    others = [one.key for one in ATTRIBUTES if one.key != task.label_key]
    slicings = [[], *([key] for key in others)]
    return [
        BinaryErrors(
            group=row["slice"],
            rates=tuple(
                _rate(row, task, code, suffix, document["min_examples"])
                for code, suffix in ((1, "fnr"), (0, "fpr"))
            ),
        )
        for row in document["slices"]
        if row["by"] in slicings and row["examples"]
    ]


def format_odds_differences(document: Mapping[str, Any], task: Task) -> list[str]:
    """Returns a sentence for each attribute whose groups can be compared."""
    return [
        f"By {' and '.join(one['attribute']).replace('_', ' ')} the greater of the two gaps is "
        f"{format_gap(found, SHARE)}."
        for one in document["equalised_odds"]
        # Figures of earlier releases have those of one task and do not name it.
        if one.get("task", task.name) == task.name
        and (found := one["difference"])["value"] is not None
    ]


def _rate(row: Mapping[str, Any], task: Task, code: int, suffix: str, least: int) -> ErrorRate:
    examples = sum(row[f"{task.name}_confusion"][code])
    words = format_estimate(row["measures"][f"{task.name}_{suffix}"], "{:.0%}".format)
    return ErrorRate(words, examples, too_small=examples < least)
