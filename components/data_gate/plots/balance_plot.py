"""Draws the weight of each group in training, next to its examples."""

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from components.data_gate.plots.plot_series import GROUPED_BY
from components.data_gate.slice_statistics import Slices, slice_name
from components.html.bars import Bars, plot_bars
from components.html.svg import draw
from components.html.words import share_of
from trainer.data.balance import GROUPS, Balance, Group, format_weight
from trainer.palette import SERIES

_SIZE = (4.4, 6.0)


def count_groups(slices: Slices) -> tuple[int, ...]:
    """Returns the number of examples in each of trainer.data.balance.GROUPS."""
    names = (slice_name(*group) for group in GROUPS)
    return tuple(slices[name].examples if name in slices else 0 for name in names)


def draw_balance(balance: Balance) -> Markup:
    """Draws each group's share of the train split, and its share after rebalancing.

    Args:
      balance: effect of rebalancing, with examples in at least one group.
    """
    groups = balance.groups

    def paint(figure: Figure) -> None:
        # Blue is the train split in every plot of the page; orange is the data accepted last.
        before = [group.share for group in groups]
        after = [group.effective_share for group in groups]
        axes = plot_bars(
            figure,
            [group.name for group in groups],
            Bars("in the train split", SERIES[0], before, [*map(_format_share, groups)]),
            Bars("in training", SERIES[2], after, [*map(_format_effect, groups)]),
        )
        axes.margins(x=0.35, y=0.02)
        axes.xaxis.set_major_formatter(PercentFormatter(1, 0))

    description = "; ".join(map(_describe, groups))
    label = f"Share of each {GROUPED_BY} group in the train split and in training. {description}."
    return draw(paint, key="balance", label=label, size=_SIZE)


def _format_share(group: Group) -> str:
    return share_of(group.share, 1) if group.examples else "no examples"


def _format_effect(group: Group) -> str:
    if not group.examples:
        return ""
    return f"{share_of(group.effective_share, 1)}, x {format_weight(group.weight)}"


def _describe(group: Group) -> str:
    if not group.examples:
        return f"{group.name}: no examples"
    share, effect = _format_share(group), _format_effect(group)
    return f"{group.name}: {share} of the train split, {effect} in training"
