"""Hard links to files that never change once they are written, such as those of artifacts."""

import os
import shutil
from pathlib import Path

from tfx.dsl.io import fileio
from tfx.utils import io_utils

from components.storage.files import is_remote


def link_folder(source: str, target: str) -> None:
    """Links the files of a folder into a folder that need not exist; copies them across disks.

    A link takes no room: do not change the files in place.
    """
    if is_remote(source) or is_remote(target):
        io_utils.copy_dir(source, target)
    else:
        shutil.copytree(source, target, copy_function=_link_or_copy, dirs_exist_ok=True)


def link_file(source: str, target: str) -> None:
    """Links or copies a file like link_folder; replaces an existing file."""
    if is_remote(source) or is_remote(target):
        fileio.copy(source, target, overwrite=True)
    else:
        _link_or_copy(source, target)


def _link_or_copy(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # on two disks, or on a disk without links
        shutil.copyfile(source, target)
