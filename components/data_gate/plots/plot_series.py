"""The series of a plot: this run and its baseline, and the values in which they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.data_gate.slice_statistics import Slice
from trainer.groups import ATTRIBUTES, INTERSECTION
from trainer.palette import SERIES
from trainer.tasks import CLASSES

WIDTH = 4.4
# The attributes of trainer.data.balance.GROUPS, in words.
GROUPED_BY = " and ".join(attribute.words for attribute in INTERSECTION)
# A value is marked if its share moved by at least this part of the largest move.
MARKED_SHARE = 0.5
# The values of categorical features, in the order of the plots.
VALUES = {
    **{attribute.key: attribute.values for attribute in ATTRIBUTES if attribute.key not in CLASSES},
    **CLASSES,
}


@dataclass(frozen=True)
class Series:
    """Examples in a plot.

    Attributes:
      slice: statistics of the examples.
      label: their name in the legend.
      prefix: prefix of their numbers in the description of the plot; empty for the examples that
        the plot is about.
      color: color of their bars.
    """

    slice: Slice
    label: str
    prefix: str
    color: str


def this_run(examples: Slice) -> Series:
    return Series(examples, "this run", "", SERIES[0])


def accepted_last(examples: Slice) -> Series:
    return Series(examples, "accepted last", "before", SERIES[1])


def values_of(name: str, *slices: Slice) -> list[str]:
    """Returns the values of a feature: the known values first, then all others in any slice."""
    values = {value for one in slices for value in one.counts.get(name, {})}
    return [*VALUES[name], *sorted(values - {*VALUES[name]})]


def unknown_values(name: str, examples: Slice) -> list[str]:
    """Returns the values of a feature that VALUES does not list."""
    return [value for value in values_of(name, examples) if value not in VALUES[name]]


def moved_values(name: str, candidate: Slice, baseline: Slice) -> list[str]:
    """Returns the values whose shares moved at least half as much as the largest move."""
    values = values_of(name, candidate, baseline)
    both = zip(shares(candidate, name, values), shares(baseline, name, values), strict=True)
    moves = [abs(now - before) for now, before in both]
    least = MARKED_SHARE * max(moves, default=0.0)
    return [value for value, move in zip(values, moves, strict=True) if move and move >= least]


def shares(examples: Slice, name: str, values: Sequence[str]) -> list[float]:
    """Returns the shares of values, from 0 to 1."""
    counts = examples.counts.get(name, {})
    total = sum(counts.values()) or 1
    return [counts.get(value, 0) / total for value in values]
