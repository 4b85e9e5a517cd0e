"""Counts of an ingest for the inspection page."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

import numpy as np

from components.ingest.ledger.rows import LedgerRow, Status
from trainer import features
from trainer.groups import COUNTED, INTERSECTION
from trainer.tasks import TASKS, Task

# The attribute that the other attributes are crossed with.
ACROSS = INTERSECTION[-1]
_BINS = 32
_Word = TypeVar("_Word", bound=str)


def _even_bins(task: Task) -> tuple[float, ...]:
    step = (task.maximum - task.minimum) / _BINS
    return tuple(task.minimum + step * edge for edge in range(_BINS + 1))


# Edges of bins. Sharpness spans orders of magnitude, so it has two bins per doubling.
_EDGES = {
    **{
        task.label_key: _even_bins(task)
        for task in TASKS
        if all(by.task is not task for by in COUNTED)
    },
    features.BRIGHTNESS_KEY: tuple(map(float, range(0, 257, 8))),
    features.CONTRAST_KEY: tuple(map(float, range(0, 129, 4))),
    features.COLOR_KEY: (0.0, 1.0, *map(float, range(4, 129, 4))),
    features.SHARPNESS_KEY: (0.0, *(2 ** (half / 2) for half in range(-1, 41))),
}


@dataclass(frozen=True)
class Histogram:
    """The distribution of a number over the used files that have a value.

    Attributes:
      edges: the edges of the bins, ascending; a bin includes its lower edge only.
      counts: files by bin; the last bin includes all greater values.
      least: the least value.
      median: the middle value.
      greatest: the greatest value.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    least: float
    median: float
    greatest: float

    @classmethod
    def of(cls, edges: tuple[float, ...], values: Sequence[float]) -> "Histogram":
        ordered = np.sort(values)
        bins = np.searchsorted(edges, ordered, side="right") - 1
        counts = np.bincount(np.minimum(bins, len(edges) - 2), minlength=len(edges) - 1)
        least, median, greatest = ordered[[0, len(ordered) // 2, -1]].tolist()
        return cls(edges, tuple(counts.tolist()), least, median, greatest)


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Counts that an IngestSummary lacks. Used files are the accepted and the repaired files.

    Attributes:
      quarantined: quarantined files by reason, most frequent first.
      repaired: repaired files by change, most frequent first; a file may count for several
        changes.
      labels: used files by the key and the values of each of trainer.groups.COUNTED: a tuple with
        the count for each value of ACROSS.
      splits: used files by split.
      sizes: used files by "width x height" in pixels, most frequent first.
      scalars: histograms by name, if any used file has a value; also labels that are numbers
        without bands, by their keys.
      rows: a selection of the rows that are not accepted unchanged, by status and reason.
    """

    quarantined: dict[str, int]
    repaired: dict[str, int]
    labels: dict[str, dict[str, tuple[int, ...]]]
    splits: dict[str, int]
    sizes: dict[str, int]
    scalars: dict[str, Histogram]
    rows: Sequence[LedgerRow]

    @classmethod
    def of(cls, rows: Iterable[LedgerRow], *, max_rows: int) -> "Overview":
        """Counts the rows of a ledger in one pass."""
        labels = {
            by.key: {value: [0] * len(ACROSS.values) for value in by.values} for by in COUNTED
        }
        quarantined, repaired, splits, sizes = (Counter[str]() for _ in range(4))
        values: dict[str, array[float]] = defaultdict(lambda: array("d"))
        shown: dict[tuple[str, str], list[LedgerRow]] = defaultdict(list)
        for row in rows:
            if row.status != Status.ACCEPTED and len(shown[row.status, row.reason]) < max_rows:
                shown[row.status, row.reason].append(row)
            if not row.used or row.labels is None:
                quarantined[row.reason] += 1
                continue
            repaired.update({*filter(None, row.reason.split(", "))})
            splits[row.split] += 1
            sizes[f"{row.width} x {row.height}"] += 1
            across = ACROSS.value_in(row.labels, row.ranges)
            for by in COUNTED:
                value = by.value_in(row.labels, row.ranges)
                if value is not None and across is not None:
                    labels[by.key][value][ACROSS.values.index(across)] += 1
            for name in _EDGES:
                number = row.labels.get(name, getattr(row, name, None))
                if number is not None:
                    values[name].append(number)
        # One row of each reason in turn, so that a frequent reason hides no other.
        turns = (row for turn in zip_longest(*shown.values()) for row in turn if row)
        chosen = [row for row, _ in zip(turns, range(max_rows), strict=False)]
        return cls(
            quarantined=_greatest_first(quarantined),
            repaired=_greatest_first(repaired),
            labels={
                key: {value: tuple(row) for value, row in counts.items()}
                for key, counts in labels.items()
            },
            splits=_greatest_first(splits),
            sizes=_greatest_first(sizes),
            scalars={
                name: Histogram.of(_EDGES[name], values[name]) for name in _EDGES if values[name]
            },
            rows=sorted(chosen, key=lambda row: (row.status, row.reason)),
        )


def _greatest_first(counts: Mapping[_Word, int]) -> dict[_Word, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
