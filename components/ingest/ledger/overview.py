"""What a person wants to see of a catalogue: counts for tables and plots, and some of its rows."""

import bisect
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from components.ingest.ledger.catalogue import LABEL_COLUMNS, Catalogue
from components.ingest.ledger.rows import LedgerRow, Status
from trainer import features
from trainer.groups import COUNTED, INTERSECTION, Attribute
from trainer.tasks import TASKS, Task

_USED = f"status != '{Status.QUARANTINED.value}'"
# The attribute that the others are counted across.
ACROSS = INTERSECTION[-1]
_BINS = 32


def _even_bins(task: Task) -> tuple[float, ...]:
    step = (task.maximum - task.minimum) / _BINS
    return tuple(task.minimum + step * edge for edge in range(_BINS + 1))


# Edges of bins. Sharpness runs over orders of magnitude: two bins for each doubling.
_EDGES = {
    **{
        LABEL_COLUMNS[task.label_key]: _even_bins(task)
        for task in TASKS
        if all(by.task is not task for by in COUNTED)
    },
    features.BRIGHTNESS_KEY: tuple(map(float, range(0, 257, 8))),
    features.CONTRAST_KEY: tuple(map(float, range(0, 129, 4))),
    features.COLOUR_KEY: (0.0, 1.0, *map(float, range(4, 129, 4))),
    features.SHARPNESS_KEY: (0.0, *(2 ** (half / 2) for half in range(-1, 41))),
}


@dataclass(frozen=True)
class Histogram:
    """How the values of a number are spread over the used files that it was measured of.

    Attributes:
      edges: of the bins, ascending; a bin holds its lower edge and not its upper.
      counts: files by bin; the last bin also holds what is beyond it.
      least: the least value.
      median: half of the files have less, half more.
      greatest: the greatest value.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    least: float
    median: float
    greatest: float


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Counts beyond those of an IngestSummary. Of repaired and accepted files: the used ones.

    Attributes:
      quarantined: quarantined files by reason, greatest first.
      repaired: repaired files by what was changed, greatest first; one file may count for
        several changes.
      labels: used files by the values of each of trainer.groups.COUNTED, by its key: a tuple with
        the count of each value of ACROSS.
      splits: used files by split.
      sizes: used files by "width x height" in pixels, greatest first.
      scalars: by name, those that were measured of any used file; also the labels that are
        numbers without bands, by their columns.
      rows: some of the rows that are not accepted as they are, by status, reason and place.
    """

    quarantined: dict[str, int]
    repaired: dict[str, int]
    labels: dict[str, dict[str, tuple[int, ...]]]
    splits: dict[str, int]
    sizes: dict[str, int]
    scalars: dict[str, Histogram]
    rows: Sequence[LedgerRow]

    @classmethod
    def of(cls, catalogue: Catalogue, *, max_rows: int) -> "Overview":
        """Counts what a catalogue holds, when its ingest has run to its end."""
        reasons = _by_reason(catalogue.database)
        repaired: Counter[str] = Counter()
        for words, count in reasons.get(Status.REPAIRED.value, {}).items():
            repaired.update(dict.fromkeys(words.split(", "), count))
        return cls(
            quarantined=reasons.get(Status.QUARANTINED.value, {}),
            repaired=dict(sorted(repaired.items(), key=lambda item: (-item[1], item[0]))),
            labels={by.key: _count_across(catalogue.database, by) for by in COUNTED},
            splits=catalogue.count("split", used=True),
            sizes=catalogue.count("width || ' x ' || height", used=True),
            scalars=_scalars(catalogue.database),
            rows=_rows(catalogue, max_rows),
        )


def _by_reason(database: sqlite3.Connection) -> dict[str, dict[str, int]]:
    query = "SELECT status, reason, count(*) FROM files GROUP BY 1, 2 ORDER BY 3 DESC, 2"
    counts: dict[str, dict[str, int]] = {}
    for status, reason, count in database.execute(query):
        counts.setdefault(status, {})[reason] = count
    return counts


def _count_across(database: sqlite3.Connection, by: Attribute) -> dict[str, tuple[int, ...]]:
    column, across = (LABEL_COLUMNS[found.task.label_key] for found in (by, ACROSS))
    query = f"SELECT {column}, {across}, count(*) FROM files WHERE {_USED} GROUP BY 1, 2"
    counts = {value: [0] * len(ACROSS.values) for value in by.values}
    for label, other, count in database.execute(query):
        counts[by.value_of(label)][ACROSS.code_of(other)] += count
    return {value: tuple(row) for value, row in counts.items()}


def _scalars(database: sqlite3.Connection) -> dict[str, Histogram]:
    measured = f"SELECT {', '.join(f'count({name})' for name in _EDGES)} FROM files WHERE {_USED}"
    counts = dict(zip(_EDGES, database.execute(measured).fetchone(), strict=True))
    return {name: _histogram(database, name) for name in _EDGES if counts[name]}


def _histogram(database: sqlite3.Connection, column: str) -> Histogram:
    values = f"SELECT {column} FROM files WHERE {_USED} AND {column} IS NOT NULL"
    edges = _EDGES[column]
    counts = [0] * (len(edges) - 1)
    for (value,) in database.execute(values):
        counts[min(bisect.bisect_right(edges, value), len(counts)) - 1] += 1
    least, greatest = database.execute(
        f"SELECT min({column}), max({column}) FROM ({values})"
    ).fetchone()
    middle = f"{values} ORDER BY 1 LIMIT 1 OFFSET {sum(counts) // 2}"
    (median,) = database.execute(middle).fetchone()
    return Histogram(edges, tuple(counts), least, median, greatest)


def _rows(catalogue: Catalogue, most: int) -> list[LedgerRow]:
    """Takes a row of each reason in turn, so that a frequent one hides no other."""
    turns = f"""
    SELECT number FROM (
        SELECT number, row_number() OVER (PARTITION BY status, reason ORDER BY number) AS turn
        FROM files WHERE status != '{Status.ACCEPTED.value}')
    ORDER BY turn, number LIMIT {most}
    """
    numbers = [number for (number,) in catalogue.database.execute(turns)]
    return sorted(catalogue.rows(numbers), key=lambda row: (row.status, row.reason))
