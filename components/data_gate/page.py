"""The page of the gate: the verdict, the findings, and the distributions now and before."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from components.data_gate.finding import Finding, Level, verdict
from components.data_gate.plots.balance_plot import draw_balance
from components.data_gate.plots.feature_plots import draw_features
from components.data_gate.plots.finding_plots import TRAIN, draw_groups, draw_splits
from components.data_gate.plots.plot_series import GROUPED_BY
from components.data_gate.slice_statistics import ALL, Slices, slice_name
from components.data_gate.wording import fold, format_message
from components.html.page import render
from components.html.svg import Plot
from components.html.table import Cell, Table
from components.html.words import counted, number, sentence_case
from trainer.data.balance import Balance
from trainer.groups import INTERSECTION

_PACKAGE = "components.data_gate"
_COLUMNS = ("Level", "Split", "Group", "Feature", "Expected and found")


def render_page(
    findings: Sequence[Finding],
    *,
    now: Mapping[str, Slices],
    before: Mapping[str, Slices],
    baseline_entry: str,
    accepted_by: str,
    accepted_because: str,
    balance: Balance | None,
) -> str:
    """Returns an HTML page that needs no network.

    Args:
      findings: findings, the most severe first.
      now: slices of each split of this run.
      before: slices of the data accepted last; empty if there is none.
      baseline_entry: history entry of the baseline; empty if there is none.
      accepted_by: the user that accepts a stop; empty if no user does.
      accepted_because: the reason for accepting it.
      balance: effect of rebalancing; None if training does not rebalance.
    """
    problems = [finding for finding in findings if finding.level is not Level.PASS]
    drifted = {finding.feature for finding in problems if finding.check == "drift"}
    refused = {
        finding.feature
        for finding in problems
        if finding.check == "schema" and finding.where == TRAIN
    }
    groups = [finding for finding in problems if finding.check == "slices"]
    candidate, baseline = now.get(TRAIN, {}), before.get(TRAIN, {})
    balance_plot = draw_balance(balance) if balance and balance.examples else None
    return render(
        "findings.html",
        package=_PACKAGE,
        verdict=verdict(findings).value,
        grouped_by=GROUPED_BY,
        # Drift moves most groups at once: they would push the plots out of sight.
        findings=_findings_table([finding for finding in problems if finding.check != "slices"]),
        groups=_findings_table(groups, title="Groups that have drifted"),
        notes=[format_message(finding) for finding in findings if finding.level is Level.PASS],
        examples={split: slices[ALL].examples if slices else 0 for split, slices in now.items()},
        cells=list(_cells_tables(problems, now)),
        baseline_entry=baseline_entry,
        accepted_by=accepted_by,
        accepted_because=accepted_because,
        feature_plots=draw_features(candidate, baseline, drifted, refused) if candidate else [],
        split_plots=draw_splits(problems, now),
        group_plots=draw_groups(problems, candidate, baseline),
        balance=balance,
        balance_plot=balance_plot
        and Plot(f"{sentence_case(GROUPED_BY)} before and after rebalancing", balance_plot),
    )


def _findings_table(findings: Sequence[Finding], *, title: str = "Findings") -> Table:
    """Returns a row for each finding; groups with too few examples share a row."""
    rows = []
    for alike in fold(findings):
        first = alike[0]
        rows.append(
            (
                Cell(first.level.value, style=first.level.value),
                first.where,
                counted(len(alike), "group") if len(alike) > 1 else first.slice or "all",
                Cell((first.feature or "examples").replace("_", " "), style="wraps"),
                Cell(format_message(*alike), style="wraps"),
            )
        )
    return Table(title=title, headings=_COLUMNS, rows=rows)


def _cells_tables(findings: Sequence[Finding], now: Mapping[str, Slices]) -> Iterator[Table]:
    """Yields the example counts of each group, for the train split and splits with too few."""
    few = {(each.where, each.slice): each for each in findings if each.check == "cells"}
    rows, columns = INTERSECTION
    for split, slices in now.items():
        if not slices or (split != TRAIN and split not in {where for where, _ in few}):
            continue
        cell = partial(_cell, split, slices, few)
        yield Table(
            title=f"{sentence_case(split)}: examples by {GROUPED_BY}",
            headings=(sentence_case(rows.words), *columns.values),
            rows=[
                [row, *(cell(slice_name(row, column)) for column in columns.values)]
                for row in rows.values
            ],
            numbers=columns.values,
            stacks=False,
            has_caption=True,
        )


def _cell(split: str, slices: Slices, few: Mapping[tuple[str, str], Finding], name: str) -> Cell:
    count = number(slices[name].examples if name in slices else 0)
    if not (finding := few.get((split, name))):
        return Cell(count)
    level = finding.level.value
    return Cell(count, [f"{level}: under {number(int(finding.limit or 0))}"], style=level)
