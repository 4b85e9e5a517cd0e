"""Takedowns: files that must not be used, even if nothing else is wrong with them."""

import re
from dataclasses import dataclass
from functools import cached_property

from components.errors import InputError
from components.ingest.labels.curated_entries import EntryIndex, read_text

_COMMENT = re.compile(r"(?:^|\s)#.*")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
# Strict on purpose: a misspelled entry would silently match no file. A dot or an underscore
# distinguishes a name from a digest with a typo.
_OWN_NAME = r"(?=[^/]*[._])\w[\w.()-]*(?: [.(][\w.()-]*)*"
_FOLDERS = r"(?:\w[\w.()-]*[/!])*"
_PATH = re.compile(_FOLDERS + _OWN_NAME)


@dataclass(frozen=True)
class Takedowns:
    """Files that must not be used. Empty by default.

    Attributes:
      names: file names, or ends of paths, case-sensitive.
      digests: SHA-256 of file contents, as 64 lower-case hexadecimal digits.
    """

    names: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: str) -> "Takedowns":
        """Reads a list of file names, ends of paths and SHA-256 digests, one per line.

        Raises:
          InputError: for the first invalid line. Comments and blank lines are allowed.
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
                    f"{path}, line {number}: expected one file name, the end of a path, "
                    "e.g. train/1.jpg, or the 64 hexadecimal digits of a SHA-256; found "
                    f"{entry!r} ({len(entry)} characters). List a file with an unusual name by its "
                    "SHA-256."
                )
        return cls(frozenset(names), frozenset(digests))

    @cached_property
    def index(self) -> EntryIndex:
        return EntryIndex(self.names)

    def forbids(self, path: str, sha256: str) -> bool:
        """Returns whether a file must not be used, by its path or its SHA-256."""
        return self.index.find(path) is not None or sha256.lower() in self.digests
