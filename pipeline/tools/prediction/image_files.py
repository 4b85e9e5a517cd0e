"""Reads the images for `utkface predict` from files, folders, globs, archives and stdin."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from components.errors import InputError
from components.ingest.archives import archive
from components.ingest.pictures import images
from components.ingest.rejection import RejectedFile, too_many_bytes
from components.ingest.settings import IngestSettings
from components.ingest.sources import source
from components.ingest.sources.reading import ImageFile, ListedPath, is_side_file, read_listed
from components.storage import files

STDIN = "-"


@dataclass(frozen=True)
class EncodedImage:
    """An image to predict on.

    Attributes:
      path: the path as the user would write it; `!` joins the path of an archive and of a member.
      data: the image, repaired like the training images; None if it cannot be used.
      reason: why it cannot be used; otherwise empty.
    """

    path: str
    data: bytes | None = None
    reason: str = ""


def read_images(paths: Iterable[str], settings: IngestSettings) -> Iterator[EncodedImage]:
    """Yields each image in the order of the paths, with one image in memory at a time.

    It raises no errors: unreadable files, and files that are not images, are yielded with a reason.
    System files in folders and archives are skipped, as in the ingest.

    Args:
      paths: files, folders, globs and archives, local or on an object store; `-` is standard input.
      settings: the allowed images and the limits of an archive.
    """
    for path in paths:
        try:
            empty = True
            for file in _read(path, settings):
                empty = False
                yield _examine(file, settings)
            if empty:
                raise InputError("expected images; found none")
        except Exception as error:  # any error of a file system or a store
            shown = files.printable(path)
            message = files.printable(str(error)).removeprefix(f"{shown}: ")
            kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
            yield EncodedImage(shown, reason=f"{kind}{' '.join(message.split())}")


def _read(path: str, settings: IngestSettings) -> Iterator[ImageFile]:
    if path == STDIN:
        yield _read_stdin(settings.pictures.max_bytes)
        return
    for listed in _list(path):
        is_named = listed.path == path and not archive.is_archive(path)
        for file in read_listed(listed, settings.archives, settings.pictures.max_bytes):
            if is_named or not is_side_file(file.relative_name):
                yield file


def _list(path: str) -> Iterator[ListedPath]:
    if files.is_local_file(path):
        # An existing file whose name looks like a glob is read as that file.
        yield ListedPath(path, "" if archive.is_archive(path) else Path(path).name)
        return
    yield from source.list_files(source.resolve(path))


def _read_stdin(max_bytes: int) -> ImageFile:
    data = sys.stdin.buffer.read(max_bytes + 1)
    if len(data) > max_bytes:
        refused = too_many_bytes(len(data), max_bytes)
        return ImageFile(STDIN, STDIN, None, f"{refused.detail} or more", refused.reason)
    return ImageFile(STDIN, STDIN, data)


def _examine(file: ImageFile, settings: IngestSettings) -> EncodedImage:
    if file.data is None:
        return EncodedImage(file.path, reason=file.error)
    try:
        image = images.examine(file.data, settings.pictures, with_color=False)
    except RejectedFile as error:
        return EncodedImage(file.path, reason=error.detail)
    return EncodedImage(file.path, image.data)
