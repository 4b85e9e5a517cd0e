"""The sections of the card about the fairness figures: whom the model fails, and the results."""

from collections.abc import Mapping
from typing import Any

from components.fairness.display import (
    PAGE_MEASURES,
    examples_of,
    format_interval,
    summary_rows,
    worst_group,
)
from components.fairness.document import Verdict
from components.fairness.judge.unbounded import find_unbounded, format_unbounded
from components.fairness.reason import format_reason
from components.html.table import Table
from components.html.words import number
from components.model_card.section import Section
from trainer.groups import INTERSECTION

_CROSSED = [attribute.key for attribute in INTERSECTION]


def make_failures(figures: Mapping[str, Any]) -> Section:
    """Returns the missed bounds, the differences without a bound, and the worst groups.

    Args:
      figures: see components.fairness.document.
    """
    reasons = Verdict.from_dict(figures["verdict"]).reasons
    points = [
        *(f"Bound missed: {format_reason(reason)}" for reason in reasons),
        *(f"No bound: {format_unbounded(difference)}" for difference in find_unbounded(figures)),
    ]
    small = [
        row["slice"] for row in figures["slices"] if row["too_small"] and row["by"] == _CROSSED
    ]
    if small:
        points.append(
            f"Fewer than {number(figures['min_examples'])} test images, too few to judge: "
            f"{'; '.join(small)}"
        )
    overall = figures["slices"][0]
    rows = [
        (
            PAGE_MEASURES[key].display_title,
            format_interval(overall, key),
            worst["slice"],
            format_interval(worst, key),
            number(examples_of(worst, key)),
        )
        for key in PAGE_MEASURES
        if (worst := worst_group(figures, key))
    ]
    headings = ("Measure", "All", "Worst group", "Value of the worst group", "Images")
    table = Table(title="The worst group by each measure", headings=headings, rows=rows)
    return Section("Whom it fails", points=points, table=table if rows else None)


def make_results(figures: Mapping[str, Any]) -> Section:
    """Returns the measures of all examples and of each group; see make_failures."""
    return Section(
        "Results",
        paragraphs=[
            f"Measured on {number(figures['examples'])} images of the test split, with 95% "
            f"intervals. Fewer than {number(figures['min_examples'])} images are too few to judge "
            "a group.",
        ],
        table=Table(
            title="Results by group",
            headings=(
                "Group",
                "Images",
                *(measure.display_title for measure in PAGE_MEASURES.values()),
            ),
            rows=[
                (
                    row["slice"] + (" (too few)" if row["too_small"] else ""),
                    number(row["examples"]),
                    *(format_interval(row, key) for key in PAGE_MEASURES),
                )
                for row in summary_rows(figures)
            ],
        ),
    )
