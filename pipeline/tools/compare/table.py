"""The comparison as a table, for the terminal and as Markdown."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.tools.compare.aggregation import COSTS, METRICS, Column, Comparison, Row
from trainer.tasks import TASKS

_NO_VALUE = "-"
_MAX_WIDTH = 10_000


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Prints the table and its description."""
    table = _make_table(comparison, exact=True)
    unbounded = console.options.update(max_width=_MAX_WIDTH)
    if console.measure(table, options=unbounded).maximum > console.width:
        # Deviations go below the means, and parameters are in millions.
        table = _make_table(comparison, exact=False)
    console.print(table)
    console.print(Text(describe(comparison)), soft_wrap=True)


def to_markdown(comparison: Comparison) -> str:
    """Returns the table, its description, and the settings of each config."""
    headings = [heading.replace("\n", " ") for heading in _headings(exact=True)]
    lines = [_format_row(headings), _format_row(["---", *["---:"] * (len(headings) - 1)])]
    lines += [_format_row(_cells(row, exact=True)) for row in comparison.rows]
    lines += ["", describe(comparison), ""]
    for row in comparison.rows:
        settings = ", ".join(f"{key}: {value}" for key, value in row.settings.items())
        lines.append(f"- `{row.name}`: {settings or 'no result'}")
    return "\n".join(lines) + "\n"


def describe(comparison: Comparison) -> str:
    """Describes the numbers in words."""
    spread = any(row.spreads[METRICS[0].key] and len(row.seeds) > 1 for row in comparison.rows)
    lines = [f"On the {comparison.split} split: {comparison.examples:,} examples."]
    for task in TASKS:
        if older := comparison.examples_older.get(task.name):
            lines.append(
                f"Measures of {task.name} for people of {task.judged_from_age} and older use "
                f"{older:,} of them."
            )
        if majority := comparison.baseline.get(task.name):
            lines.append(
                f"Always predicting {majority['class']}, the most frequent {task.name} of the "
                f"train split, has an accuracy of {majority['accuracy']:.3f}."
            )
    if spread:
        lines.append("Means and standard deviations over the seeds.")
    lines.append("FLOPs are of one served image; a multiply-add counts as two.")
    if len(comparison.machines) > 1:
        lines.append(
            "Times are not comparable, because the machines differ: "
            f"{'; '.join(comparison.machines)}."
        )
    if comparison.interrupted:
        lines.append(
            "Interrupted trainings, whose times include several starts: "
            f"{'; '.join(comparison.interrupted)}."
        )
    if comparison.failed:
        lines.append(f"Without a result: {'; '.join(comparison.failed)}.")
    return " ".join(lines)


def _make_table(comparison: Comparison, *, exact: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    first, *others = _headings(exact=exact)
    # A name may wrap, but is not cut off: another name may start the same way.
    table.add_column(first, overflow="fold", min_width=6, no_wrap=exact)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in comparison.rows:
        cells = _cells(row, exact=exact)
        table.add_row(*(Text(cell if exact else cell.replace(" ± ", "\n±")) for cell in cells))
    return table


def _headings(*, exact: bool) -> list[str]:
    return [
        "config",
        "seeds",
        *(metric.heading for metric in METRICS),
        "parameters" if exact else "params\nM",
        "MFLOPs",
        *(cost.heading for cost in COSTS),
    ]


def _cells(row: Row, *, exact: bool) -> list[str]:
    parameters = _NO_VALUE
    if row.parameters is not None:
        parameters = f"{row.parameters:,}" if exact else f"{row.parameters / 1e6:,.2f}"
    return [
        row.name,
        str(len(row.seeds)),
        *(_format_value(row, metric) for metric in METRICS),
        parameters,
        _NO_VALUE if row.flops is None else f"{row.flops / 1e6:,.1f}",
        *(_format_value(row, cost) for cost in COSTS),
    ]


def _format_value(row: Row, measure: Column) -> str:
    spread = row.spreads[measure.key]
    return spread.show(measure.pattern) if spread else _NO_VALUE


def _format_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
