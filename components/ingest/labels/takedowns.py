"""What must not be used, whatever else is right with it."""

import re
from dataclasses import dataclass
from functools import cached_property

from components.errors import InputError
from components.ingest.labels.curated_entries import EntryIndex
from components.ingest.labels.curated_file import read_text

_COMMENT = re.compile(r"(?:^|\s)#.*")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
# Narrow on purpose: an entry that is misspelt would match no file, and nobody would
# notice. A dot or an underscore sets a name apart from a digest with a slip in it.
_OWN_NAME = r"(?=[^/]*[._])\w[\w.()-]*(?: [.(][\w.()-]*)*"
_FOLDERS = r"(?:\w[\w.()-]*[/!])*"
_PATH = re.compile(_FOLDERS + _OWN_NAME)


@dataclass(frozen=True)
class Takedowns:
    """Files that must not be used. None by default.

    Attributes:
      names: their names, or the ends of their paths, case and all.
      digests: SHA-256 of their bytes, as 64 lower-case hexadecimal digits.
    """

    names: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: str) -> "Takedowns":
        """Reads a list of file names, ends of paths and SHA-256 digests, one a line.

        Raises:
          InputError: for the first line that is neither, nor a comment, nor blank.
        """
        names, digests = set(), set()
        for number, line in enumerate(read_text(path).split("\n"), start=1):
            entry = _COMMENT.sub("", line).strip()
            if _SHA256.fullmatch(entry):
                digests.add(entry.lower())
            elif _PATH.fullmatch(entry):
                names.add(entry)
            elif entry:
                raise InputError(
                    f"{path}, line {number}: expected one file name, the end of a path as "
                    f"train/1.jpg, or the 64 hexadecimal digits of a SHA-256; found {entry!r} "
                    f"({len(entry)} characters). List a file with an unusual name by its SHA-256."
                )
        return cls(frozenset(names), frozenset(digests))

    @cached_property
    def _index(self) -> EntryIndex:
        return EntryIndex(self.names)

    def find(self, path: str) -> str | None:
        """Returns the name that a file is listed by, by its path, if it is."""
        return self._index.find(path)

    def forbids(self, path: str, sha256: str) -> bool:
        """Returns whether a file must not be used, by its path or its bytes' SHA-256."""
        return self.find(path) is not None or sha256.lower() in self.digests
