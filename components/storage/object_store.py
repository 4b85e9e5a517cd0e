"""s3:// and minio:// for TFX, whose file calls are forwarded to s3fs.

TensorFlow no longer reads s3://. Kubeflow Pipelines calls its cluster's own store minio://, which
is also S3. components.storage.s3 says where the endpoint and the credentials come from.

A store has no folders: a folder exists while it contains something. This module never creates
folders, because Kubeflow Pipelines treats the empty object that marks a folder as a file, and then
cannot fetch the artifact.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tfx.dsl.io import fileio, filesystem, filesystem_registry
from tfx.dsl.io.filesystem import PathType

from components.storage import s3
from components.storage.copying import copy_file
from components.storage.tree import Tree
from components.storage.upload import Upload

# TensorFlow's plugin has priority 10, and the lower number wins.
_PRIORITY = 5


def register() -> None:
    """Makes `tfx.dsl.io.fileio` read and write s3:// and minio://; repeated calls are harmless.

    TFX's own `copy` holds a whole file in memory if it copies from or to a store.
    """
    fileio.copy = copy_file
    filesystem_registry.DEFAULT_FILESYSTEM_REGISTRY.register(ObjectStore, priority=_PRIORITY)


def list_versions(folder: str) -> Iterator[tuple[str, str]]:
    """Yields the path of each file in a folder, and a text that changes with its content.

    The text is the size, the ETag and the time of the last write, all from the listing: a store
    need not compute its ETag from the content.
    """
    scheme, key = _split(folder)
    bucket = key.partition("/")[0]
    for page in s3.pages(key, "/"):
        for entry in page.get("Contents", ()):
            version = f"{entry['Size']} {entry['ETag']} {entry['LastModified'].isoformat()}"
            yield f"{scheme}{bucket}/{entry['Key']}", version


class FileStatistics(NamedTuple):
    """The result of `stat`; the names are TensorFlow's.

    Attributes:
      length: size in bytes; 0 for a folder.
      mtime_nsec: time of the last write, in nanoseconds since 1970; 0 for a folder.
      is_directory: whether it is a folder.
    """

    length: int
    mtime_nsec: int
    is_directory: bool


class ObjectStore(filesystem.Filesystem):
    """TFX's file system interface, with the semantics of its plugin for TensorFlow.

    Raises:
      NotFoundError: TFX's own, if `open`, `copy`, `listdir`, `remove`, `rename`, `rmtree` or
        `stat` finds nothing.
      FileExistsError: if `copy` or `rename` would overwrite something without `overwrite`.
      OSError: if `rename` would move a folder into itself.
      ModuleNotFoundError: if s3fs is not installed.
    """

    SUPPORTED_SCHEMES = ("s3://", "minio://")

    @staticmethod
    def open(name: PathType, mode: str = "r") -> Any:
        """Opens a file; text is UTF-8, and its line ends are kept.

        A file that is written in a `with` block appears only if the block ends without an error.
        """
        text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
        with _missing_as_not_found(name):
            file = s3.file_system().open(_key(name), mode, **text)
            if "r" not in mode:
                return Upload(file)
            # s3fs opens a folder as an empty file.
            if getattr(file, "buffer", file).details["type"] != "file":
                raise FileNotFoundError("expected a file, received a folder")
        return file

    @staticmethod
    def copy(src: PathType, dst: PathType, overwrite: bool = False) -> None:
        """Copies a file inside the store."""
        _refuse_to_overwrite(dst, overwrite)
        with _missing_as_not_found(src):
            s3.file_system().cp_file(_key(src), _key(dst))

    @staticmethod
    def exists(path: PathType) -> bool:
        """Returns whether a file or folder exists."""
        return _kind(path) is not None

    @staticmethod
    def glob(pattern: PathType) -> list[str]:
        """Returns the files and folders that match; no wildcard matches a slash."""
        scheme, key = _split(pattern)
        try:
            found = s3.file_system().glob(re.sub(r"\*+", "*", key), detail=True)
        except FileNotFoundError:
            return []
        return [_Found(f"{scheme}{name}", _statistics(info)) for name, info in found.items()]

    @staticmethod
    def isdir(path: PathType) -> bool:
        """Returns whether a path is a folder."""
        return _kind(path) == "directory"

    @staticmethod
    def listdir(path: PathType) -> list[str]:
        """Returns the names of the files and folders in a folder, sorted."""
        folders, files = _contents(path)
        return sorted({*folders, *files})

    @staticmethod
    def makedirs(path: PathType) -> None:
        """Does nothing: the first file creates the folder."""

    @staticmethod
    def mkdir(path: PathType) -> None:
        """Does nothing: the first file creates the folder."""

    @staticmethod
    def remove(path: PathType) -> None:
        """Removes a file."""
        # The store reports no error for a missing file.
        if _kind(path) != "file":
            raise filesystem.NotFoundError(f"No file was found at {path!r}.")
        s3.file_system().rm_file(_key(path))

    @staticmethod
    def rename(src: PathType, dst: PathType, overwrite: bool = False) -> None:
        """Moves a file or a folder inside the store: copies it and removes the original."""
        _refuse_to_overwrite(dst, overwrite)
        source, target = _key(src), _key(dst)
        if f"{source}/".startswith(f"{target}/") or f"{target}/".startswith(f"{source}/"):
            raise OSError(
                f"Expected paths that do not contain each other. Received: {src!r} and {dst!r}."
            )
        bucket, keys = _files_under(src)
        for key in keys:
            if not key.endswith("/"):  # others' mark of a folder
                name = f"{bucket}/{key}"
                s3.file_system().cp_file(name, f"{target}{name[len(source) :]}")
        s3.delete(bucket, keys)

    @staticmethod
    def rmtree(path: PathType) -> None:
        """Removes a file, or a folder with its contents."""
        s3.delete(*_files_under(path))

    @staticmethod
    def stat(path: PathType) -> FileStatistics:
        """Returns the size and the modification time of a file.

        A path that `glob` returned has them already: TFX's ExampleGen asks for each.
        """
        if isinstance(path, _Found):
            return path.statistics
        with _missing_as_not_found(path):
            return _statistics(s3.file_system().info(_key(path)))

    @staticmethod
    def walk(
        top: PathType, topdown: bool = True, onerror: Callable[..., None] | None = None
    ) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yields each folder's path and the names of its folders and files, sorted.

        The first folder is listed alone, and everything below it at once: for 100,000 files in any
        number of folders, the store receives about 100 requests. If `topdown`, folders removed
        from the list are not entered. A missing folder yields nothing; `onerror` is called with
        the NotFoundError.
        """
        top = os.fsdecode(top)
        try:
            folders, files = _contents(top)
        except filesystem.NotFoundError as error:
            if onerror:
                onerror(error)
            return
        if topdown:
            yield top, folders, files
        tree = _list_tree(top) if folders else Tree()
        for folder in folders:
            below = tree.folders.get(folder, Tree())  # removed since the first listing
            yield from below.walk(f"{top.rstrip('/')}/{folder}", topdown=topdown)
        if not topdown:
            yield top, folders, files


class _Found(str):
    """A path with the statistics that its listing contained."""

    statistics: FileStatistics

    def __new__(cls, path: str, statistics: FileStatistics) -> "_Found":
        found = super().__new__(cls, path)
        found.statistics = statistics
        return found


@contextlib.contextmanager
def _missing_as_not_found(path: PathType) -> Iterator[None]:
    """Raises the error that TFX expects if nothing exists at a path."""
    try:
        yield
    except FileNotFoundError as error:
        raise filesystem.NotFoundError(f"Nothing was found at {path!r}: {error}") from error


def _split(path: PathType) -> tuple[str, str]:
    """Returns the scheme and the name that s3fs uses: BUCKET/KEY."""
    scheme, separator, key = os.fsdecode(path).partition("://")
    return scheme + separator, key.rstrip("/")


def _key(path: PathType) -> str:
    return _split(path)[1]


def _kind(path: PathType) -> str | None:
    """Returns "file", "directory", or None if nothing exists."""
    try:
        kind: str = s3.file_system().info(_key(path))["type"]
    except FileNotFoundError:
        return None
    return kind


def _refuse_to_overwrite(path: PathType, overwrite: bool) -> None:
    if not overwrite and ObjectStore.exists(path):
        raise FileExistsError(
            f"Expected nothing at the destination, because `overwrite` is false. Received: "
            f"{path!r}, which exists."
        )


def _contents(path: PathType) -> tuple[list[str], list[str]]:
    """Returns the names of the folders and of the files in a folder."""
    key = _key(path)
    folders: list[str] = []
    files: list[str] = []
    with _missing_as_not_found(path):
        entries = s3.file_system().ls(key, detail=True)
        if [entry["name"] for entry in entries] == [key]:
            raise FileNotFoundError("expected a folder, received a file")
    for entry in entries:
        if entry["name"].rstrip("/") != key:  # others' mark of the folder
            names = folders if entry["type"] == "directory" else files
            names.append(entry["name"].rpartition("/")[2])
    return folders, files


def _files_under(path: PathType) -> tuple[str, list[str]]:
    """Returns the bucket, and the keys of all files under a path, or of the file at the path."""
    bucket, _, key = _key(path).partition("/")
    with _missing_as_not_found(path):
        if keys := [*s3.keys_under(_key(path))]:
            return bucket, keys
        kind = _kind(path)
        if kind is None:
            raise FileNotFoundError("expected a file or a folder")
    # Some stores keep an empty folder for a while.
    return bucket, [key] if kind == "file" else []


def _list_tree(path: PathType) -> Tree:
    """Lists everything under a folder."""
    tree, base = Tree(), _key(path).partition("/")[2]
    for key in s3.keys_under(_key(path)):
        tree.add(key[len(base and f"{base}/") :])
    return tree


def _statistics(info: Mapping[str, Any]) -> FileStatistics:
    written = info.get("LastModified")
    return FileStatistics(
        length=info["size"],
        mtime_nsec=int(written.timestamp() * 10**9) if written else 0,
        is_directory=info["type"] == "directory",
    )
