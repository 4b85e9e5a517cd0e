"""What a person wants to see of a catalogue: counts for tables and plots, and some of its rows."""

import bisect
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from components.utkface_example_gen.catalogue import Catalogue
from components.utkface_example_gen.ledger import LedgerRow, Status
from trainer import features

_USED = f"status != '{Status.QUARANTINED.value}'"
# Edges of bins. Sharpness runs over orders of magnitude: two bins for each doubling.
_EDGES = {
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
      age_bands: used files by age band, a tuple with the count of each of features.GENDERS.
      races: used files by race, likewise.
      splits: used files by split.
      sizes: used files by "width x height" in pixels, greatest first.
      scalars: by name, those that were measured of any used file.
      rows: some of the rows that are not accepted as they are, by status, reason and place.
    """

    quarantined: dict[str, int]
    repaired: dict[str, int]
    age_bands: dict[str, tuple[int, ...]]
    races: dict[str, tuple[int, ...]]
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
            age_bands=_age_bands(catalogue.database),
            races=_races(catalogue.database),
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


def _age_bands(database: sqlite3.Connection) -> dict[str, tuple[int, ...]]:
    counts = {band: [0] * len(features.GENDERS) for band in features.AGE_BANDS}
    for age, gender, count in _by_gender(database, features.AGE_KEY):
        counts[features.age_band(age)][gender] += count
    return {band: tuple(row) for band, row in counts.items()}


def _races(database: sqlite3.Connection) -> dict[str, tuple[int, ...]]:
    counts = {race: [0] * len(features.GENDERS) for race in features.RACES}
    for race, gender, count in _by_gender(database, features.RACE_KEY):
        counts[features.RACES[race]][gender] = count
    return {race: tuple(row) for race, row in counts.items()}


def _by_gender(database: sqlite3.Connection, column: str) -> sqlite3.Cursor:
    return database.execute(
        f"SELECT {column}, gender, count(*) FROM files WHERE {_USED} GROUP BY 1, 2"
    )


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
