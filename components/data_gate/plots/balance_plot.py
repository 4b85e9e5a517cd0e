"""Draws the weight of each group in training, next to its examples."""

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from components.data_gate.plots.plot_series import GROUPED_BY, finish_bars, label_bar
from components.data_gate.slice_statistics import Slices, slice_name
from components.html.svg import draw
from components.html.words import share_of
from trainer.data.balance import GROUPS, Balance, Group, format_weight
from trainer.palette import SERIES

_SIZE = (4.4, 6.0)
# Blue is the train split in every plot of the page; orange is the data accepted last.
_SHARE, _EFFECTIVE = SERIES[0], SERIES[2]


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
        axes = figure.add_subplot()
        places = range(len(groups))
        for shift, colour, shares, texts in (
            (-0.2, _SHARE, [group.share for group in groups], [_share(g) for g in groups]),
            (0.2, _EFFECTIVE, [g.effective_share for g in groups], [_effect(g) for g in groups]),
        ):
            axes.barh([place + shift for place in places], shares, 0.4, color=colour)
            for place, share, text in zip(places, shares, texts, strict=True):
                label_bar(axes, text, share, place + shift, size=9)
        axes.margins(x=0.35, y=0.02)
        finish_bars(axes, [group.name for group in groups])
        keys = [
            Patch(color=_SHARE, label="in the train split"),
            Patch(color=_EFFECTIVE, label="in training"),
        ]
        figure.legend(handles=keys, loc="outside upper right", ncols=2)

    description = "; ".join(map(_describe, groups))
    label = f"What each group of {GROUPED_BY} counts for in training. {description}."
    return draw(paint, key="balance", label=label, size=_SIZE)


def _share(group: Group) -> str:
    return share_of(group.share, 1) if group.examples else "no examples"


def _effect(group: Group) -> str:
    if not group.examples:
        return ""
    return f"{share_of(group.effective_share, 1)}, x {format_weight(group.weight)}"


def _describe(group: Group) -> str:
    if not group.examples:
        return f"{group.name}: no examples"
    return f"{group.name}: {_share(group)} of the train split, {_effect(group)} in training"
