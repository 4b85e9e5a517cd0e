"""Writes that are complete or absent, also after a crash or a power failure."""

import errno
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

from components.storage import files

# Errors of file systems that do not flush folders, such as some of buckets mounted as folders.
_NOT_FLUSHED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


def write_file(path: str, content: bytes) -> None:
    """Writes or replaces a file atomically; on a local disk it is flushed."""
    if files.is_remote(path):
        # A store shows a file only when it is complete.
        with files.create(path) as file:
            file.write(content)
        return
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}-{uuid.uuid4().hex}.part")
    try:
        with unfinished.open("xb") as local:
            local.write(content)
            local.flush()
            os.fsync(local.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(target.parent)


def sync_tree(folder: str) -> None:
    """Flushes the files and folders of a local folder to its disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync(Path(parent) / name)
        _sync(Path(parent))


def rename(source: str, target: str) -> None:
    """Moves a folder: atomically on a local disk, file by file on a store."""
    if files.is_remote(source):
        _fileio().rename(source, target)
        return
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(source).rename(target)
    for parent in {Path(source).parent, Path(target).parent}:
        _sync(parent)


def remove_tree(path: str) -> None:
    """Removes a folder, or a link to a folder; does nothing if it does not exist."""
    if not files.exists(path):
        return
    if files.is_remote(path):
        _fileio().rmtree(path)
    elif files.is_link(path):
        Path(path).unlink()
    else:
        shutil.rmtree(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_FLUSHED:
            raise
    finally:
        os.close(descriptor)


def _fileio() -> Any:
    """Returns TFX's file module with our object stores; the import takes seconds."""
    from tfx.dsl.io import fileio

    from components.storage import object_store

    object_store.register()
    return fileio
