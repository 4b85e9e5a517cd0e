"""Opens and lists files: local ones with the standard library alone, others through TFX.

TFX and TensorFlow take seconds to load, and a look at local data needs neither.

A local name that is no UTF-8 is carried as Python carries it: each odd byte is a surrogate, and
the file can still be opened. `printable` makes text of it that can be written anywhere.
"""

import fnmatch
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from components.remote_places import reaching

WILDCARD = re.compile(r"[*?\[]")
ANY_FOLDERS = "**"
_TRAILING_STARS = re.compile(r"(?:/\*\*)+/*$")


def is_remote(path: str) -> bool:
    return "://" in path


def open(path: str) -> IO[bytes]:
    """Opens a file to read its bytes.

    Raises:
      OSError: if a local file is not there, may not be read, or is no file.
      Exception: whatever TFX raises for one that is not local.
    """
    if is_remote(path):
        return _tfx(path).open(path, "rb")
    # A pipe would wait for its writer for ever, and a device may have no end.
    if not stat.S_ISREG(Path(path).stat().st_mode):
        raise OSError(
            "expected a file; found a folder that could not be entered, a pipe or a device: "
            f"{path!r}"
        )
    return Path(path).open("rb")


def create(path: str) -> IO[bytes]:
    """Opens a file to write its bytes; makes the folders above it."""
    folder = path.rpartition("/")[0]
    if is_remote(path):
        _tfx(path).makedirs(folder)
        return _tfx(path).open(path, "wb")
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(path).open("wb")


def isdir(path: str) -> bool:
    """Returns whether a path is a folder, or a link to one."""
    if is_remote(path):
        with reaching(path):
            return bool(_tfx(path).isdir(path))
    try:
        return Path(path).is_dir()
    except OSError:  # such as a folder above it that may not be entered
        return False


def is_link(path: str) -> bool:
    """Returns whether a local path is a symbolic link."""
    try:
        return not is_remote(path) and stat.S_ISLNK(Path(path).lstat().st_mode)
    except OSError:  # such as a path that is too long
        return False


def is_local_file(path: str) -> bool:
    """Returns whether a path leads to a file of this machine, or to what is opened like one."""
    try:
        return not is_remote(path) and Path(path).exists() and not Path(path).is_dir()
    except OSError:  # such as a folder above it that may not be entered
        return False


def listdir(path: str) -> list[str]:
    """Returns the names in a folder, hidden ones too.

    Raises:
      OSError: if a local folder is not there or may not be read.
    """
    if is_remote(path):
        with reaching(path):
            return list(_tfx(path).listdir(path))
    return os.listdir(path)  # noqa: PTH208 - iterdir makes paths, which drop a leading `./`


def glob(pattern: str) -> list[str]:
    """Returns the files and folders that match, sorted; no other wildcard matches a slash.

    The wildcards are `*`, `?` and `[...]`, and `**` for any folders, none and nested ones too, but
    for those behind symbolic links. They match hidden names, as those of TFX do. What ends in `**`
    is the folder before it. On an object store `**` finds files alone, those in a folder that
    matches too.
    """
    pattern = _TRAILING_STARS.sub("", pattern)
    if is_remote(pattern):
        with reaching(pattern):
            return sorted(_glob_remote(pattern))
    matches = ["/" if pattern.startswith("/") else ""]
    for part in filter(None, pattern.split("/")):
        if part == ANY_FOLDERS:
            matches = [*dict.fromkeys(below for match in matches for below in _folders(match))]
            continue
        if WILDCARD.search(part):
            matches = [
                match + name
                for match in matches
                for name in _names(match)
                if fnmatch.fnmatchcase(name, part)
            ]
        else:
            matches = [match + part for match in matches if _is_there(match + part)]
        matches = [f"{match}/" for match in matches]
    return sorted(match.rstrip("/") or "/" for match in matches)


def fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    """Returns whether a pattern matches a path or a folder above it, both in parts."""
    if not patterns:
        return True
    first, *others = patterns
    if first == ANY_FOLDERS:
        return any(fits(names[start:], others) for start in range(len(names) + 1))
    return bool(names) and fnmatch.fnmatchcase(names[0], first) and fits(names[1:], others)


def escape(path: str) -> str:
    """Returns a pattern that matches a path and nothing else."""
    return WILDCARD.sub(r"[\g<0>]", path)


def lies_outside(path: str, folder: str) -> bool:
    """Returns whether symbolic links lead from a path below a folder to a place outside of it."""
    if is_remote(path):
        return False
    place, base = os.path.realpath(path), os.path.realpath(folder)
    return not f"{place}/".startswith(f"{base.rstrip('/')}/")


def walk(folder: str, within: str | None = None) -> Iterator[str]:
    """Yields all that lies under a folder and is no folder; in each folder sorted, files first.

    Links are followed. A local folder that cannot be listed is yielded like a file, and so is a
    link that leads back to a folder above: whoever reads it is told, and nothing is lost unseen.

    Args:
      folder: what is walked.
      within: a link to a folder outside of this one is yielded like a file, and not followed;
        None follows all.
    """
    if is_remote(folder):
        with reaching(folder):
            walked = list(_tfx(folder).walk(folder))
        for parent, _, names in walked:
            yield from (f"{parent.rstrip('/')}/{name}" for name in sorted(names))
        return
    to_enter: list[tuple[str, frozenset[tuple[int, int]]]] = [(folder, frozenset())]
    while to_enter:
        path, above = to_enter.pop()
        try:
            status = Path(path).stat()
            names = sorted(listdir(path))
        except OSError:
            yield path
            continue
        identity = status.st_dev, status.st_ino
        if identity in above:
            yield path
            continue
        folders = []
        for name in names:
            inside = f"{path.rstrip('/')}/{name}"
            if isdir(inside) and not (within and is_link(inside) and lies_outside(inside, within)):
                folders.append(inside)
            else:
                yield inside
        to_enter += [(inside, above | {identity}) for inside in reversed(folders)]


def printable(text: str) -> str:
    r"""Returns text with each byte that is no UTF-8 written as `\xff`, and all else as it is."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _glob_remote(pattern: str) -> Iterator[str]:
    parts = pattern.split("/")
    if ANY_FOLDERS not in parts:
        yield from _tfx(pattern).glob(pattern)
        return
    first = next(number for number, part in enumerate(parts) if WILDCARD.search(part))
    base, patterns = "/".join(parts[:first]), parts[first:]
    # Files alone: of a folder that matches, all that lie in it.
    for path in walk(base):
        if fits(path.removeprefix(f"{base}/").split("/"), patterns):
            yield path


def _folders(folder: str) -> Iterator[str]:
    """Yields a folder and all in it, but for those behind symbolic links; each ends in a slash."""
    to_enter = [folder]
    while to_enter:
        folder = to_enter.pop()
        yield folder
        inside = [folder + name for name in _names(folder)]
        to_enter += [f"{path}/" for path in inside if isdir(path) and not is_link(path)]


def _names(folder: str) -> list[str]:
    try:
        return listdir(folder or ".")
    except OSError:  # no folder, or one that may not be listed
        return []


def _is_there(path: str) -> bool:
    try:
        Path(path).lstat()
    except OSError:
        return False
    return True


def _tfx(path: str) -> Any:
    from tfx.dsl.io import fileio

    from components import object_store

    if path.startswith(tuple(object_store.ObjectStore.SUPPORTED_SCHEMES)):
        object_store.register()
    return fileio
