"""Entries of the lists of corrections and takedowns: which files each of them names."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from components.errors import InputError
from components.ingest.labels.names import own_name

# A photograph of the data set has its own, whatever it was cut to and wherever it lies.
_TIME_STAMP = re.compile(r"(?<![0-9])[0-9]{16,18}(?![0-9])")
# A `!` stands between an archive and its member.
_SEPARATOR = re.compile("[/!]")


class EntryIndex:
    """Finds the entry that names a file: by its own name, or by the end of its path."""

    def __init__(self, entries: Collection[str]):
        self.entries = entries
        # Most files have no entry, which their own names tell at once.
        self._own_names = frozenset(map(own_name, entries))

    def find(self, path: str) -> str | None:
        """Returns the longest entry that names a file, by its path; None if there is none."""
        if own_name(path) not in self._own_names:
            return None
        starts = (0, *(separator.end() for separator in _SEPARATOR.finditer(path)))
        return next((path[start:] for start in starts if path[start:] in self.entries), None)


class NamedFile(NamedTuple):
    """A file that an entry names.

    Attributes:
      setting: of the list, such as "corrections_file".
      entry: as the list has it.
      path: of the file, below its source.
      source: the source.
      sha256: of the file's bytes.
    """

    setting: str
    entry: str
    path: str
    source: str
    sha256: str


class Ambiguities:
    """Finds the entries that name several pictures. Copies of one picture may all be meant."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], NamedFile] = {}
        self._second: dict[tuple[str, str], NamedFile] = {}

    def add(self, named: NamedFile) -> None:
        key = named.setting, named.entry
        first = self._first.setdefault(key, named)
        if named.sha256 != first.sha256 and not names_photograph(named.entry):
            self._second.setdefault(key, named)

    def check(self, lists: dict[str, str]) -> None:
        """Raises InputError if an entry names several pictures; `lists` are paths by setting."""
        if problems := list(self._explain(lists)):
            raise InputError("; ".join(problems))

    def _explain(self, lists: dict[str, str]) -> Iterator[str]:
        for key, second in self._second.items():
            first = self._first[key]
            told = [first.path, second.path]
            if first.path == second.path:
                told = [f"{named.source}/{named.path}" for named in (first, second)]
            yield (
                f"{lists[first.setting]}: expected {first.entry!r} to name one picture; found "
                f"{told[0]!r} and {told[1]!r}, which differ. Write as much of the path as tells "
                "them apart"
            )


def names_photograph(entry: str) -> bool:
    """Returns whether all files of a name are of one photograph: its time stamp is in it."""
    return _TIME_STAMP.search(entry) is not None
