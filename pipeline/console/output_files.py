"""Output files that the user names: checked before the work starts, and written atomically."""

import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from components.errors import InputError
from components.ingest.sources.source import Source, contains, describe
from components.storage.disk_room import room_in


def check_outputs(outputs: Sequence[Path], sources: Sequence[Source]) -> None:
    """Raises if an output file cannot or should not be written, as far as known beforehand.

    Args:
      outputs: the files to write.
      sources: the data that is read; the next run would read a new file inside it as data.

    Raises:
      InputError: if the folder is missing or not writable, a source contains the file, or two
        files are the same.
    """
    for output in outputs:
        if not _is_replaceable(output):
            continue
        path = output.resolve()
        if not path.parent.is_dir():
            raise InputError(
                f"{output}: expected a path in an existing folder; {path.parent} is not a folder. "
                "Create it first."
            )
        if not os.access(path.parent, os.W_OK):
            raise InputError(
                f"{output}: expected a path in a writable folder; {path.parent} is not writable"
            )
        for source in sources:
            if contains(source, path):
                raise InputError(
                    f"{output}: expected a path outside {describe(source)}, whose files are read: "
                    "the next run would read it as data. Choose another path."
                )
    if len({output.resolve() for output in outputs}) < len(outputs):
        raise InputError(f"{outputs[0]}: expected a different path for each output; found it twice")


@contextlib.contextmanager
def write_atomically(output: Path) -> Iterator[IO[str]]:
    """Opens a file that gets its name, and replaces an older file, only when it is complete.

    Raises:
      ResourceError: if the disk is full.
    """
    with room_in(str(output), "or choose another path"), _open_atomically(output) as file:
        yield file


@contextlib.contextmanager
def _open_atomically(output: Path) -> Iterator[IO[str]]:
    if not _is_replaceable(output):
        with output.open("w", encoding="utf-8") as file:
            yield file
        return
    path = output.resolve()
    # A new file with an unguessable name: a file planted there is not written to.
    unfinished = path.with_name(f".utkface-{secrets.token_hex(8)}.part")
    try:
        with unfinished.open("x", encoding="utf-8") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _is_replaceable(output: Path) -> bool:
    """Returns False for special files like /dev/stdout, which must not be replaced."""
    return output.is_file() or not output.exists()
