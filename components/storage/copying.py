"""Copies a file between any two stores in blocks; TFX's own copy holds a whole file in memory."""

import os
import shutil

from tfx.dsl.io import fileio, filesystem_registry
from tfx.dsl.io.filesystem import PathType

_BLOCK = 4 << 20


def copy_file(src: PathType, dst: PathType, overwrite: bool = False) -> None:
    """Copies a file; inside a store, the store itself copies it.

    Args:
      src: the file to copy.
      dst: the path of the copy; in an object store it appears only when it is complete.
      overwrite: whether an existing file may be replaced.

    Raises:
      OSError: if `dst` exists and may not be replaced, or any error of a store.
    """
    find = filesystem_registry.DEFAULT_FILESYSTEM_REGISTRY.get_filesystem_for_path
    if find(src) is find(dst):
        find(src).copy(src, dst, overwrite=overwrite)
        return
    if not overwrite and fileio.exists(dst):
        raise OSError(
            f"Destination file {os.fsdecode(dst)!r} already exists and argument `overwrite` is "
            "false."
        )
    with fileio.open(src, "rb") as source, fileio.open(dst, "wb") as target:
        # TensorFlow creates a local file with the first write to it.
        target.write(b"")
        shutil.copyfileobj(source, target, _BLOCK)
