"""The error rates of a binary task, group by group."""

from collections.abc import Mapping
from typing import Any

from components.fairness.display import format_estimate, format_gap
from components.html.table import Cell, Table
from trainer.groups import ATTRIBUTES
from trainer.measures.measure import SHARE
from trainer.tasks import Task


def make_error_table(document: Mapping[str, Any], task: Task) -> Table:
    """Returns the error rates over all examples, and of each group.

    Groups of the label that the task predicts are left out.

    Args:
      document: see components.fairness.document.
      task: a binary task.
    """
    negative, positive = task.people or task.classes
    slicings = [[], *([each.key] for each in ATTRIBUTES if each.key != task.label_key)]
    return Table(
        title=f"{task.name.capitalize()} errors by group",
        headings=(
            "Group",
            f"{positive.capitalize()} misclassified as {negative}",
            f"{negative.capitalize()} misclassified as {positive}",
        ),
        rows=[
            [
                row["slice"],
                _rate(document, row, task, 1, "fnr"),
                _rate(document, row, task, 0, "fpr"),
            ]
            for row in document["slices"]
            if row["by"] in slicings and row["examples"]
        ],
    )


def format_odds_differences(document: Mapping[str, Any], task: Task) -> list[str]:
    """Returns a sentence for each attribute whose groups can be compared."""
    return [
        f"By {' and '.join(row['attribute']).replace('_', ' ')}, the equalized odds difference is "
        f"{format_gap(difference, SHARE)}."
        for row in document["equalised_odds"]
        # Figures of earlier releases have a single task, and do not name it.
        if row.get("task", task.name) == task.name
        and (difference := row["difference"])["value"] is not None
    ]


def _rate(
    document: Mapping[str, Any], row: Mapping[str, Any], task: Task, code: int, suffix: str
) -> Cell:
    examples = sum(row[f"{task.name}_confusion"][code])
    few = ", too few" if examples < document["min_examples"] else ""
    rate = format_estimate(row["measures"][f"{task.name}_{suffix}"], "{:.0%}".format)
    return Cell(rate, [f"n = {examples:,}{few}"])
