"""Opens and lists files: local files with only the standard library, others through TFX.

TFX and TensorFlow take seconds to load, and local data needs neither.

A local name that is not UTF-8 is kept as Python keeps it: each invalid byte is a surrogate, and the
file can still be opened. `printable` converts it to text that can be written anywhere.
"""

# pathlib drops a leading `./`, and raises for a path that is too long.
# ruff: noqa: PTH110, PTH112, PTH114, PTH208

import fnmatch
import io
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from components.storage.remote_places import reaching

WILDCARD = re.compile(r"[*?\[]")
ANY_FOLDERS = "**"
_TRAILING_STARS = re.compile(r"(?:/\*\*)+/*$")
_SCHEME_OR_ROOT = re.compile(r"(?:[^/]*:/)?/|")


def is_remote(path: str) -> bool:
    return "://" in path


def open(path: str) -> IO[bytes]:
    """Opens a file to read bytes; raises OSError, or any error of TFX for an object store."""
    if is_remote(path):
        return _tfx(path).open(path, "rb")
    # A pipe would wait for its writer forever, and a device may have no end.
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - each file is opened here, twice
        raise OSError(
            "expected a file; found a folder that could not be entered, a pipe or a device: "
            f"{path!r}"
        )
    return io.open(path, "rb")  # noqa: UP020 - see above


def create(path: str) -> IO[bytes]:
    """Opens a file to write bytes; creates the folders above it."""
    folder = path.rpartition("/")[0]
    if is_remote(path):
        _tfx(path).makedirs(folder)
        return _tfx(path).open(path, "wb")
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(path).open("wb")


def remove(path: str) -> None:
    """Removes a file."""
    if is_remote(path):
        _tfx(path).remove(path)
    else:
        Path(path).unlink()


def rmtree(path: str) -> None:
    """Removes a folder with its contents; links in it are removed, not followed."""
    if is_remote(path):
        _tfx(path).rmtree(path)
    else:
        shutil.rmtree(path)


def isdir(path: str) -> bool:
    """Returns whether a path is a folder, or a link to a folder."""
    if is_remote(path):
        with reaching(path):
            return bool(_tfx(path).isdir(path))
    return os.path.isdir(path)


def exists(path: str) -> bool:
    """Returns whether a file, folder or link exists."""
    if is_remote(path):
        with reaching(path):
            return bool(_tfx(path).exists(path))
    return os.path.lexists(path)


def is_link(path: str) -> bool:
    """Returns whether a local path is a symbolic link."""
    return not is_remote(path) and os.path.islink(path)


def is_local_file(path: str) -> bool:
    """Returns whether a path is an existing local file, or a pipe or device."""
    return not is_remote(path) and os.path.exists(path) and not os.path.isdir(path)


def listdir(path: str) -> list[str]:
    """Returns the names in a folder, including hidden names; raises OSError if unlistable."""
    if is_remote(path):
        with reaching(path):
            return [name.rstrip("/") for name in _tfx(path).listdir(path)]
    return os.listdir(path)


def glob(pattern: str) -> list[str]:
    """Returns the files and folders that match, sorted; only `**` matches a slash.

    The wildcards are `*`, `?` and `[...]`, and `**` for zero or more nested folders, except behind
    symbolic links. They match hidden names, as TFX's wildcards do. A trailing `**` matches the
    folder before it.
    """
    return [path for path, _ in _match(pattern)]


def find(pattern: str) -> list[tuple[str, bool]]:
    """Returns what glob returns, each with whether it is a folder."""
    return [
        (path, isdir(path) if is_folder is None else is_folder)
        for path, is_folder in _match(pattern)
    ]


def fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    """Returns whether a pattern matches a path or a folder above it, both in parts."""
    if not patterns:
        return True
    first, *others = patterns
    if first == ANY_FOLDERS:
        return any(fits(names[start:], others) for start in range(len(names) + 1))
    return bool(names) and fnmatch.fnmatchcase(names[0], first) and fits(names[1:], others)


def split(path: str, mark: re.Pattern[str]) -> tuple[str, str]:
    """Splits a path before the first part that contains a mark, or before the last part."""
    match = mark.search(path)
    cut = path.rfind("/", 0, match.start() if match else None) + 1
    return path[:cut].rstrip("/") or ("/" if path.startswith("/") else "."), path[cut:]


def escape(path: str) -> str:
    """Returns a pattern that matches only this path."""
    return WILDCARD.sub(r"[\g<0>]", path)


def lies_outside(path: str, folder: str) -> bool:
    """Returns whether symbolic links lead from a path below a folder to outside the folder."""
    place, base = os.path.realpath(path), os.path.realpath(folder)
    return not is_remote(path) and not f"{place}/".startswith(f"{base.rstrip('/')}/")


def walk(folder: str, within: str | None = None) -> Iterator[str]:
    """Yields everything under a folder except folders, sorted within each folder, files first.

    Links are followed, unless they lead out of the folder `within`, if given, or back to a folder
    above. Links that are not followed, and local folders that cannot be listed, are yielded like
    files, so nothing is lost silently.
    """

    def follows(path: str) -> bool:
        return not (within and is_link(path) and lies_outside(path, within))

    for path, inside in _enter(folder, follows):
        if inside is None:
            yield path
        else:
            yield from (below for below, enters in inside if not enters)


def printable(text: str) -> str:
    r"""Returns text with each invalid UTF-8 byte escaped as `\xff`."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _match(pattern: str) -> list[tuple[str, bool | None]]:
    """Returns each match of a glob, and whether it is a folder; None if no listing said so."""
    pattern = _TRAILING_STARS.sub("", pattern)
    root = _SCHEME_OR_ROOT.match(pattern)[0]  # type: ignore[index]
    matches: list[tuple[str, bool | None]] = [(root, None)]
    found_by_listing = False
    # Under `**`, each folder of an object store is listed only once.
    listed: dict[str, list[tuple[str, bool | None]]] = {}
    for part in filter(None, pattern.removeprefix(root).split("/")):
        found_by_listing = bool(WILDCARD.search(part))
        if part == ANY_FOLDERS:
            entered = [folder for match, _ in matches for folder in _enter(match, _is_no_link)]
            below = [path and f"{path.rstrip('/')}/" for path, _ in entered]
            matches = [(path, True) for path in dict.fromkeys(below)]
            if is_remote(root):
                listed = {
                    path: [*inside]
                    for path, (_, inside) in zip(below, entered, strict=True)
                    if inside
                }
        elif found_by_listing:
            matches = [
                (f"{path}/", is_folder)
                for match, entered in matches
                if entered is not False
                for path, is_folder in listed.get(match) or _children(match)
                if fnmatch.fnmatch(path.rpartition("/")[2], part)
            ]
        else:
            matches = [(f"{match}{part}/", None) for match, _ in matches]
    found = [(match.rstrip("/") or "/", is_folder) for match, is_folder in matches]
    found.sort(key=lambda match: match[0])
    return [match for match in found if found_by_listing or exists(match[0])]


def _enter(
    folder: str, follows: Callable[[str], bool]
) -> Iterator[tuple[str, list[tuple[str, bool]] | None]]:
    """Yields each folder under a folder, and its paths with whether each is entered.

    The paths are None if the folder cannot be listed, or is a link back to a folder above.
    """
    if is_remote(folder):
        yield from _enter_remote(folder)
        return
    to_enter: list[tuple[str, frozenset[str]]] = [(folder, frozenset())]
    while to_enter:
        path, above = to_enter.pop()
        place = os.path.realpath(path)
        try:
            entries = None if place in above else _scan(path)
        except OSError:
            entries = None
        inside = entries and [(below, is_folder and follows(below)) for below, is_folder in entries]
        yield path, inside
        above |= {place}
        to_enter += [(below, above) for below, enters in reversed(inside or []) if enters]


def _enter_remote(folder: str) -> Iterator[tuple[str, list[tuple[str, bool]]]]:
    """Enters a folder of a store, which has no links, and lists everything below it at once."""
    with reaching(folder):
        for path, folders, names in _tfx(folder).walk(folder):
            folders.sort()
            yield path, _entries(path, folders, names)


def _scan(folder: str) -> list[tuple[str, bool]]:
    """Returns the paths in a folder, sorted, with whether each is a folder."""
    if is_remote(folder):
        with reaching(folder):
            # A store's listing marks folders; isdir would send a request for each name.
            _, folders, names = next(iter(_tfx(folder).walk(folder)), ("", [], []))
        return _entries(folder, folders, names)
    base = folder and f"{folder.rstrip('/')}/"
    return [(base + name, isdir(base + name)) for name in sorted(listdir(folder or "."))]


def _entries(folder: str, folders: list[str], names: list[str]) -> list[tuple[str, bool]]:
    base = f"{folder.rstrip('/')}/"
    kinds = dict.fromkeys(names, False) | dict.fromkeys(folders, True)
    return [(base + name.rstrip("/"), kinds[name]) for name in sorted(kinds)]


def _children(folder: str) -> list[tuple[str, bool | None]]:
    """Returns the paths in a folder; a local path without its kind, which few callers need."""
    if is_remote(folder):
        return [*_scan(folder)]
    return [(folder + name, None) for name in _names(folder)]


def _names(folder: str) -> list[str]:
    try:
        return listdir(folder or ".") if isdir(folder or ".") else []
    except OSError:  # no permission to list the folder
        return []


def _is_no_link(path: str) -> bool:
    return not is_link(path)


def _tfx(path: str) -> Any:
    from tfx.dsl.io import fileio

    from components.storage import object_store

    if path.startswith(tuple(object_store.ObjectStore.SUPPORTED_SCHEMES)):
        object_store.register()
    return fileio
