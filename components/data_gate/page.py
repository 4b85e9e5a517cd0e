"""The page of the gate: the verdict in words, and the distributions now and before."""

from collections.abc import Mapping, Sequence

from components.data_gate.described import ALL, Slices
from components.data_gate.finding import Finding, Level, verdict
from components.data_gate.plots import plots
from components.data_gate.plots.balance_plot import draw_balance
from components.data_gate.plots.finding_plots import draw_groups, draw_splits
from components.data_gate.plots.plot_series import GROUPED_BY
from components.data_gate.wording import message_of
from components.html.page import render
from trainer.data.balance import Balance

_PACKAGE = "components.data_gate"
_SPLIT = "train"


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
    """Returns one HTML page that needs no network.

    Args:
      findings: the gravest first.
      now: the slices of each split of this run.
      before: of what was accepted last; empty if nothing was.
      baseline_entry: its name in the history; empty if there is none.
      accepted_by: who accepts a stop; empty if nobody does.
      accepted_because: their reason.
      balance: what training makes of the groups; None if it takes them as they are.
    """
    told = [finding for finding in findings if finding.level is not Level.PASS]
    moved = {finding.feature for finding in told if finding.check == "drift"}
    refused = {
        finding.feature for finding in told if finding.check == "schema" and finding.where == _SPLIT
    }
    few = {
        finding.slice for finding in told if finding.check == "cells" and finding.where == _SPLIT
    }
    candidate, baseline = now.get(_SPLIT, {}), before.get(_SPLIT, {})
    return render(
        "findings.html",
        package=_PACKAGE,
        verdict=verdict(findings).value,
        message_of=message_of,
        grouped_by=GROUPED_BY,
        findings=[finding for finding in told if finding.check != "slices"],
        # One drift moves most of the groups: they would push the plots out of sight.
        moved_groups=[finding for finding in told if finding.check == "slices"],
        notes=[finding for finding in findings if finding.level is Level.PASS],
        examples={split: slices[ALL].examples if slices else 0 for split, slices in now.items()},
        baseline_entry=baseline_entry,
        accepted_by=accepted_by,
        accepted_because=accepted_because,
        feature_plots=plots.draw_features(candidate, baseline, moved, refused) if candidate else [],
        cells_plot=plots.draw_cells(candidate, few) if candidate else None,
        split_plots=draw_splits(told, now),
        group_plots=draw_groups(told, candidate, baseline),
        balance=balance,
        balance_plot=draw_balance(balance) if balance and balance.examples else None,
    )
