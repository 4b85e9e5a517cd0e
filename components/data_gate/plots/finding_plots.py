"""Plots of findings about other splits than train, and about single groups."""

from collections.abc import Iterable, Mapping

from components.data_gate.finding import Finding
from components.data_gate.plots import plot_series
from components.data_gate.plots.feature_plots import NOT_AS_IN_SCHEMA, REFUSED, draw_feature
from components.data_gate.plots.shares_plot import draw_shares
from components.data_gate.slice_statistics import ALL, Slice, Slices
from components.html.svg import Plot
from trainer.palette import SERIES

TRAIN = "train"
_DIFFERS = "differs"
_PROBLEMS = {"skew": "differs from train", "schema": NOT_AS_IN_SCHEMA}
_GROUPS_DRAWN = 3


def draw_splits(findings: Iterable[Finding], now: Mapping[str, Slices]) -> list[Plot]:
    """Draws the labels of other splits that findings name, next to the train labels.

    Args:
      findings: findings; only those about skew and the schema are used.
      now: slices of each split.
    """
    named: dict[tuple[str, str], set[str]] = {}
    for finding in findings:
        if finding.check in _PROBLEMS and finding.where != TRAIN:
            named.setdefault((finding.where, finding.feature), set()).add(finding.check)
    train = now.get(TRAIN, {}).get(ALL)
    plots = []
    for (split, name), checks in sorted(named.items()):
        examples = now.get(split, {}).get(ALL)
        if name not in plot_series.VALUES or not examples or name not in examples.counts:
            continue
        marks: dict[str, str] = {}
        if train and "skew" in checks:
            marks |= dict.fromkeys(plot_series.moved_values(name, examples, train), _DIFFERS)
        if "schema" in checks:
            marks |= dict.fromkeys(plot_series.unknown_values(name, examples), REFUSED)
        svg = draw_shares(
            name,
            plot_series.Series(examples, f"{split} split", "", SERIES[3]),
            plot_series.Series(train, "train split", "in train", SERIES[0]) if train else None,
            marks=marks,
            of=f"the {split} split",
            key=f"{split}-{name.replace('_', '-')}",
        )
        problems = [words for check, words in _PROBLEMS.items() if check in checks]
        title = f"{name.replace('_', ' ').capitalize()} of the {split} split"
        plots.append(Plot(f"{title}: {' and '.join(problems)}", svg))
    return plots


def draw_groups(findings: Iterable[Finding], now: Slices, before: Slices) -> list[Plot]:
    """Draws the groups that drifted most, now and before: three at most.

    A group and its subgroups show the same, so only the worst of them is drawn for a feature.

    Args:
      findings: findings; only those about slices are used, the largest excess first.
      now: slices of the train split.
      before: slices of the data accepted last.
    """
    moved = [finding for finding in findings if finding.check == "slices" and finding.feature]
    moved.sort(key=lambda finding: (finding.level.rank, finding.excess), reverse=True)
    worst: list[tuple[str, str]] = []
    for finding in moved:
        if not any(
            finding.feature == name and _is_within(now[finding.slice], now[group])
            for group, name in worst
        ):
            worst.append((finding.slice, finding.feature))
    plots = []
    for number, (group, name) in enumerate(worst[:_GROUPS_DRAWN], start=1):
        candidate, baseline = (
            plot_series.this_run(now[group]),
            plot_series.accepted_last(before[group]),
        )
        title, key = group or "all examples", f"group-{number}"
        svg = draw_feature(name, candidate, baseline, moved=True, of=title, key=key)
        plots.append(Plot(f"{title}: {name.replace('_', ' ')} has drifted", svg))
    return plots


def _is_within(one: Slice, other: Slice) -> bool:
    """Returns whether one group contains the other."""
    parts, others = {*one.values}, {*other.values}
    return parts <= others or others <= parts
