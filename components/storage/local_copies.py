"""Local copies of folders on object stores, which TensorFlow cannot read."""

import contextlib
import tempfile
from collections.abc import Iterator

from components.storage import files
from components.storage.disk_room import room_for_temporary_files
from components.storage.remote_places import reaching


def copy_folder(src: str, dst: str) -> None:
    """Copies a folder between any two places; the import of TFX takes seconds.

    Raises:
      InputError: if a store cannot be reached.
    """
    from tfx.utils import io_utils

    from components.storage import object_store

    object_store.register()
    with reaching(src if files.is_remote(src) else dst):
        io_utils.copy_dir(src, dst)


@contextlib.contextmanager
def local_copy(folder: str) -> Iterator[str]:
    """Yields a local folder with the files of a folder: itself, or a temporary copy.

    Raises:
      InputError: if a store cannot be reached.
      ResourceError: if the disk is full.
    """
    if not files.is_remote(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        with room_for_temporary_files():
            copy_folder(folder, temporary)
        yield temporary
