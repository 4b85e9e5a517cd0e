"""Entries of the corrections and takedowns, and the files that each entry names."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from components.errors import InputError
from components.ingest.labels.names import own_name

# Each photograph of the data set has a unique time stamp, whatever its crop and folder.
_TIME_STAMP = re.compile(r"(?<![0-9])[0-9]{16,18}(?![0-9])")
# A `!` separates an archive from its member.
_SEPARATOR = re.compile("[/!]")


class EntryIndex:
    """Finds the entry that names a file: by file name, or by the end of its path."""

    def __init__(self, entries: Collection[str]):
        self.entries = entries
        # Most files have no entry; their file names show it at once.
        self._own_names = frozenset(map(own_name, entries))

    def find(self, path: str) -> str | None:
        """Returns the longest entry that names a path; None if there is none."""
        if own_name(path) not in self._own_names:
            return None
        starts = (0, *(separator.end() for separator in _SEPARATOR.finditer(path)))
        return next((path[start:] for start in starts if path[start:] in self.entries), None)


class NamedFile(NamedTuple):
    """A file that an entry names.

    Attributes:
      setting: setting of the list, such as "corrections_file".
      entry: the entry as written in the list.
      path: path of the file below its source.
      source: the source.
      sha256: SHA-256 of the file's bytes.
    """

    setting: str
    entry: str
    path: str
    source: str
    sha256: str


class Ambiguities:
    """Finds entries that name several different images. Copies of an image are allowed."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], NamedFile] = {}
        self._second: dict[tuple[str, str], NamedFile] = {}

    def add(self, named: NamedFile) -> None:
        key = named.setting, named.entry
        first = self._first.setdefault(key, named)
        if named.sha256 != first.sha256 and not names_photograph(named.entry):
            self._second.setdefault(key, named)

    def check(self, lists: dict[str, str]) -> None:
        """Raises InputError if an entry names several images; `lists` are paths by setting."""
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
    """Returns whether a name contains a time stamp, so all its files show the same photograph."""
    return _TIME_STAMP.search(entry) is not None
