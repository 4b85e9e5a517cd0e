"""Files that are the same picture: how many there are, and which of them are used."""

from dataclasses import dataclass

from components.utkface_example_gen.catalogue import Catalogue
from components.utkface_example_gen.ledger import Status
from components.utkface_example_gen.rejection import RejectedFile

_USED = f"status != '{Status.QUARANTINED.value}'"
_LABELS = "age || ' ' || gender || ' ' || race"
# Pictures of which there is more than one file, byte for byte.
_GROUPS = f"""
SELECT sha256, count(*) AS files, count(DISTINCT {_LABELS}) AS labels, min(number) AS first
FROM files WHERE {_USED} GROUP BY sha256 HAVING count(*) > 1
"""


@dataclass(frozen=True)
class Duplicates:
    """How many files are the same picture, or look alike, before any was left out.

    Attributes:
      exact_groups: pictures of which there is more than one file, byte for byte.
      exact_files: the files in them.
      conflicting_groups: those whose files have different labels.
      conflicting_files: the files in them.
      mean_age_difference: between two files of one picture, in years: the mean over the
        conflicting groups of each group's mean.
      near_groups: looks that more than one picture has.
      near_files: the files in them.
    """

    exact_groups: int
    exact_files: int
    conflicting_groups: int
    conflicting_files: int
    mean_age_difference: float
    near_groups: int
    near_files: int


def count_duplicates(catalogue: Catalogue) -> Duplicates:
    """Counts the duplicates among the files that are used so far."""
    exact = f"""
    SELECT count(*), coalesce(sum(files), 0), coalesce(sum(labels > 1), 0),
        coalesce(sum(files * (labels > 1)), 0)
    FROM ({_GROUPS})
    """
    ages = f"""
    SELECT coalesce(avg(years), 0) FROM (
        SELECT avg(abs(a.age - b.age)) AS years
        FROM files a JOIN files b ON a.sha256 = b.sha256 AND a.number < b.number
        WHERE a.{_USED} AND b.{_USED}
            AND a.sha256 IN (SELECT sha256 FROM ({_GROUPS}) WHERE labels > 1)
        GROUP BY a.sha256)
    """
    near = f"""
    SELECT count(*), coalesce(sum(files), 0) FROM (
        SELECT count(*) AS files FROM files WHERE {_USED}
        GROUP BY grp HAVING count(DISTINCT sha256) > 1)
    """
    groups, files, conflicts, conflicting = catalogue.database.execute(exact).fetchone()
    (years,) = catalogue.database.execute(ages).fetchone()
    near_groups, near_files = catalogue.database.execute(near).fetchone()
    return Duplicates(
        groups, files, conflicts, conflicting, round(years, 2), near_groups, near_files
    )


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
