"""Entries of the lists of corrections and takedowns: which files each of them names."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from components.errors import InputError
from components.ingest.labels.names import own_name

# A photograph of the data set has its own, whatever it was cut to and wherever it lies.
_TIME_STAMP = re.compile(r"(?<![0-9])[0-9]{16,18}(?![0-9])")


class EntryIndex:
    """Finds the entry that names a file: by its own name, or by the end of its path."""

    def __init__(self, entries: Iterable[str]):
        self._by_own_name: dict[str, list[str]] = {}
        # The longest first: it is the most exact.
        for entry in sorted(entries, key=lambda entry: (-len(entry), entry)):
            self._by_own_name.setdefault(own_name(entry), []).append(entry)

    def find(self, path: str) -> str | None:
        """Returns the most exact entry that names a file; None if there is none.

        Args:
          path: of the file, or of an archive and the member joined by `!`.
        """
        for entry in self._by_own_name.get(own_name(path), ()):
            if path == entry or path.endswith((f"/{entry}", f"!{entry}")):
                return entry
        return None


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
    """Finds the entries that name several pictures.

    Copies of one picture may all be meant, and so may all files of a name with a time stamp,
    which is that of one photograph. Any other name of two pictures is that of one by chance.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], NamedFile] = {}
        self._second: dict[tuple[str, str], NamedFile] = {}

    def add(self, named: NamedFile) -> None:
        key = named.setting, named.entry
        first = self._first.setdefault(key, named)
        if named.sha256 != first.sha256 and not _TIME_STAMP.search(named.entry):
            self._second.setdefault(key, named)

    def check(self, lists: dict[str, str]) -> None:
        """Raises if an entry names several pictures.

        Args:
          lists: the path of each list, by its setting.

        Raises:
          InputError: which says which pictures, and what to write.
        """
        problems = list(self._explain(lists))
        if problems:
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
