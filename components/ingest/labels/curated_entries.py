"""The corrections and takedowns: their text, their entries, and the files that each entry names."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from components.errors import InputError
from components.ingest.labels.names import own_name
from components.storage import files

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


def read_text(path: str) -> str:
    """Returns the text of a file, without the byte order mark that some editors write.

    Raises:
      InputError: if the file cannot be read, or is not UTF-8.
    """
    try:
        with files.open(path) as file:
            data = file.read()
    except Exception as error:  # whatever the file system raises, the user gets one sentence
        raise InputError(
            f"{path}: expected a text file; reading it failed with {type(error).__name__}: {error}"
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise InputError(
            f"{path}, line {line}: expected UTF-8; found the byte 0x{data[error.start]:02x}. "
            "Save the file as UTF-8."
        ) from error


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


def check_unambiguous(named: Iterable[NamedFile], lists: Mapping[str, str]) -> None:
    """Raises InputError if an entry names several different images. Copies are allowed.

    Args:
      named: the named files, in an order that is the same in every run.
      lists: path of each list, by setting.
    """
    first: dict[tuple[str, str], NamedFile] = {}
    second: dict[tuple[str, str], NamedFile] = {}
    for file in named:
        key = file.setting, file.entry
        earlier = first.setdefault(key, file)
        if file.sha256 != earlier.sha256 and not names_photograph(file.entry):
            second.setdefault(key, file)
    problems = []
    for key, file in second.items():
        paths = first[key].path, file.path
        if paths[0] == paths[1]:
            paths = f"{first[key].source}/{paths[0]}", f"{file.source}/{paths[1]}"
        problems.append(f"{lists[file.setting]}: {format_ambiguity(file.entry, *paths)}")
    if problems:
        raise InputError("; ".join(problems))


def format_ambiguity(entry: str, first: str, second: str) -> str:
    """Returns the problem with an entry that names two files with different images."""
    return (
        f"expected {entry!r} to name one image; found {first!r} and {second!r}, which differ. "
        "Write enough of the path to distinguish them"
    )


def names_photograph(entry: str) -> bool:
    """Returns whether a name contains a time stamp, so all its files show the same photograph."""
    return _TIME_STAMP.search(entry) is not None
