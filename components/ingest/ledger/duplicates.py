"""Files that are the same picture: how many there are, and which of them are used."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from components.ingest.ledger.catalogue import LABEL_COLUMNS, Catalogue
from components.ingest.ledger.rejection import RejectedFile
from components.ingest.ledger.rows import Status
from trainer.tasks import TASKS, Kind

_USED = f"status != '{Status.QUARANTINED.value}'"
_LABELS = " || ' ' || ".join(LABEL_COLUMNS.values())
# Pictures of which there is more than one file, byte for byte.
_GROUPS = f"""
SELECT sha256, count(*) AS files, count(DISTINCT {_LABELS}) AS labels, min(number) AS first
FROM files WHERE {_USED} GROUP BY sha256 HAVING count(*) > 1
"""


# By task, the key of a Duplicates in JSON.
_DIFFERENCE_KEYS = {
    task.name: f"mean_{task.name}_difference" for task in TASKS if task.kind is Kind.REGRESSION
}


@dataclass(frozen=True)
class Duplicates:
    """How many files are the same picture, or look alike, before any was left out.

    Attributes:
      exact_groups: pictures of which there is more than one file, byte for byte.
      exact_files: the files in them.
      conflicting_groups: those whose files have different labels.
      conflicting_files: the files in them.
      mean_differences: of the labels of two files of one picture, by regression task, in its
        unit: the mean over the conflicting groups of each group's mean.
      near_groups: looks that more than one picture has.
      near_files: the files in them.
    """

    exact_groups: int
    exact_files: int
    conflicting_groups: int
    conflicting_files: int
    mean_differences: Mapping[str, float]
    near_groups: int
    near_files: int

    @property
    def differences(self) -> list[tuple[str, str]]:
        """The mean differences in words, such as ("ages", "4.0 years")."""
        units = {task.name: task.unit for task in TASKS}
        return [
            (f"{name}s", f"{value:.1f} {units[name]}".rstrip())
            for name, value in self.mean_differences.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        document = asdict(self)
        means = document.pop("mean_differences")
        return document | {_DIFFERENCE_KEYS[name]: mean for name, mean in means.items()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Duplicates":
        rest = dict(document)
        found = {name: rest.pop(key) for name, key in _DIFFERENCE_KEYS.items() if key in rest}
        return cls(**rest, mean_differences=found)


def count_duplicates(catalogue: Catalogue) -> Duplicates:
    """Counts the duplicates among the files that are used so far."""
    exact = f"""
    SELECT count(*), coalesce(sum(files), 0), coalesce(sum(labels > 1), 0),
        coalesce(sum(files * (labels > 1)), 0)
    FROM ({_GROUPS})
    """
    near = f"""
    SELECT count(*), coalesce(sum(files), 0) FROM (
        SELECT count(*) AS files FROM files WHERE {_USED}
        GROUP BY grp HAVING count(DISTINCT sha256) > 1)
    """
    groups, files, conflicts, conflicting = catalogue.database.execute(exact).fetchone()
    differences = {name: _mean_difference(catalogue, name) for name in _DIFFERENCE_KEYS}
    near_groups, near_files = catalogue.database.execute(near).fetchone()
    return Duplicates(groups, files, conflicts, conflicting, differences, near_groups, near_files)


def _mean_difference(catalogue: Catalogue, name: str) -> float:
    column = LABEL_COLUMNS[name]
    query = f"""
    SELECT coalesce(avg(difference), 0) FROM (
        SELECT avg(abs(a.{column} - b.{column})) AS difference
        FROM files a JOIN files b ON a.sha256 = b.sha256 AND a.number < b.number
        WHERE a.{_USED} AND b.{_USED}
            AND a.sha256 IN (SELECT sha256 FROM ({_GROUPS}) WHERE labels > 1)
        GROUP BY a.sha256)
    """
    (difference,) = catalogue.database.execute(query).fetchone()
    return round(difference, 2)


def leave_out_duplicates(catalogue: Catalogue) -> None:
    """Keeps one file of each picture, and none where the files disagree on the labels.

    Which label is right cannot be known: to keep one of them would be a guess.
    """
    found = catalogue.database.execute(f"""
    SELECT number, labels, (SELECT name FROM files WHERE number = first), number = first
    FROM files JOIN ({_GROUPS}) USING (sha256) WHERE {_USED}
    """).fetchall()
    for number, labels, first, is_first in found:
        if labels > 1:
            catalogue.quarantine(
                number,
                RejectedFile.LABEL_CONFLICT,
                "expected one label for one picture; files with the same bytes have "
                f"{labels}, {first!r} among them",
            )
        elif not is_first:
            catalogue.quarantine(
                number, RejectedFile.DUPLICATE, f"the same picture and labels as {first!r}"
            )
