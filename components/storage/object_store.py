"""s3:// and minio:// for TFX, whose file calls are forwarded to s3fs.

TensorFlow no longer reads s3://. Kubeflow Pipelines calls its cluster's own store minio://, which
is also S3. Endpoint and credentials come from the AWS variables, such as AWS_ENDPOINT_URL,
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

A store has no folders: a folder exists while it contains something. This module never creates
folders, because Kubeflow Pipelines treats the empty object that marks a folder as a file, and then
cannot fetch the artifact.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tfx.dsl.io import filesystem, filesystem_registry
from tfx.dsl.io.filesystem import PathType

# TensorFlow's plugin has priority 10, and the lower number wins.
_PRIORITY = 5


def register() -> None:
    """Makes `tfx.dsl.io.fileio` read and write s3:// and minio://; repeated calls are harmless."""
    filesystem_registry.DEFAULT_FILESYSTEM_REGISTRY.register(ObjectStore, priority=_PRIORITY)


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
        """Opens a file; text is UTF-8, and its line ends are kept."""
        text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
        with _missing_as_not_found(name):
            file = _s3().open(_key(name), mode, **text)
            # s3fs opens a folder as an empty file.
            if "r" in mode and getattr(file, "buffer", file).details["type"] != "file":
                raise FileNotFoundError("expected a file, received a folder")
        return file

    @staticmethod
    def copy(src: PathType, dst: PathType, overwrite: bool = False) -> None:
        """Copies a file inside the store."""
        _refuse_to_overwrite(dst, overwrite)
        with _missing_as_not_found(src):
            _s3().cp_file(_key(src), _key(dst))

    @staticmethod
    def exists(path: PathType) -> bool:
        """Returns whether a file or folder exists."""
        return _kind(path) is not None

    @staticmethod
    def glob(pattern: PathType) -> list[str]:
        """Returns the files and folders that match; no wildcard matches a slash."""
        scheme, key = _split(pattern)
        try:
            names = _s3().glob(re.sub(r"\*+", "*", key))
        except FileNotFoundError:
            return []
        return [f"{scheme}{name}" for name in names]

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
        _s3().rm_file(_key(path))

    @staticmethod
    def rename(src: PathType, dst: PathType, overwrite: bool = False) -> None:
        """Moves a file or a folder inside the store: copies it and removes the original."""
        _refuse_to_overwrite(dst, overwrite)
        source, target = _key(src), _key(dst)
        if f"{source}/".startswith(f"{target}/") or f"{target}/".startswith(f"{source}/"):
            raise OSError(
                f"Expected paths that do not contain each other. Received: {src!r} and {dst!r}."
            )
        names = _files_under(src)
        for name in names:
            if not name.endswith("/"):  # others' mark of a folder
                _s3().cp_file(name, f"{target}{name[len(source) :]}")
        for name in names:
            _s3().rm_file(name)

    @staticmethod
    def rmtree(path: PathType) -> None:
        """Removes a file, or a folder with its contents."""
        for name in _files_under(path):
            _s3().rm_file(name)

    @staticmethod
    def stat(path: PathType) -> FileStatistics:
        """Returns the size and the modification time of a file."""
        with _missing_as_not_found(path):
            info = _s3().info(_key(path))
        written = info.get("LastModified")
        return FileStatistics(
            length=info["size"],
            mtime_nsec=int(written.timestamp() * 10**9) if written else 0,
            is_directory=info["type"] == "directory",
        )

    @staticmethod
    def walk(
        top: PathType, topdown: bool = True, onerror: Callable[..., None] | None = None
    ) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yields each folder's path and the names of its folders and files.

        If `topdown`, folders removed from the list are not entered. A missing folder yields
        nothing; `onerror` is called with the NotFoundError.
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
        for folder in folders:
            yield from ObjectStore.walk(f"{top.rstrip('/')}/{folder}", topdown, onerror)
        if not topdown:
            yield top, folders, files


@contextlib.contextmanager
def _missing_as_not_found(path: PathType) -> Iterator[None]:
    """Raises the error that TFX expects if nothing exists at a path."""
    try:
        yield
    except FileNotFoundError as error:
        raise filesystem.NotFoundError(f"Nothing was found at {path!r}: {error}") from error


def _s3() -> Any:
    """Returns the file system of s3fs; s3fs caches the instance."""
    try:
        import s3fs
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Expected s3fs, which reads and writes s3:// and minio://. It is not installed: "
            "install the `kubeflow` extra (pip install '.[kubeflow]' in the project's "
            "folder)."
        ) from error
    # A cached listing would hide later writes of other processes.
    return s3fs.S3FileSystem(use_listings_cache=False)


def _split(path: PathType) -> tuple[str, str]:
    """Returns the scheme and the name that s3fs uses: BUCKET/KEY."""
    scheme, separator, key = os.fsdecode(path).partition("://")
    return scheme + separator, key.rstrip("/")


def _key(path: PathType) -> str:
    return _split(path)[1]


def _kind(path: PathType) -> str | None:
    """Returns "file", "directory", or None if nothing exists."""
    try:
        kind: str = _s3().info(_key(path))["type"]
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
        entries = _s3().ls(key, detail=True)
        if [entry["name"] for entry in entries] == [key]:
            raise FileNotFoundError("expected a folder, received a file")
    for entry in entries:
        if entry["name"].rstrip("/") != key:  # others' mark of the folder
            names = folders if entry["type"] == "directory" else files
            names.append(entry["name"].rpartition("/")[2])
    return folders, files


def _files_under(path: PathType) -> list[str]:
    """Returns all files under a path, or the file at the path, as BUCKET/KEY."""
    with _missing_as_not_found(path):
        names: list[str] = _s3().find(_key(path))
        if not names:
            raise FileNotFoundError("expected a file or a folder")
    return names
