"""Where the files come from: a folder, a glob, or a tar archive; one, or one a span."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from tfx.dsl.io import fileio

from components.errors import InputError
from components.utkface_example_gen import archive, span_paths

ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz")
WHOLE_FOLDER = "*"


class Source(NamedTuple):
    """The two halves of a data path, as TFX's FileBasedExampleGen wants them.

    Attributes:
      input_base: a folder, or the folder of an archive or of a glob.
      pattern: what is matched inside it.
    """

    input_base: str
    pattern: str


class ImageFile(NamedTuple):
    """A listed file.

    Attributes:
      path: the path of the file, or of the archive and the member joined by `!`.
      name: the file's own name, without any folder.
      data: its bytes; None if they could not be read.
      error: why they could not be read.
    """

    path: str
    name: str
    data: bytes | None
    error: str = ""


def is_archive(path: str) -> bool:
    return path.endswith(ARCHIVE_SUFFIXES)


def resolve(data: str) -> Source:
    """Splits a data path into a base and a pattern, and checks that files are there.

    Args:
      data: a folder (taken whole, with the folders in it), a glob, or an archive;
        local or on an object store. `{SPAN}` in it stands for a number.

    Raises:
      InputError: if nothing is there, or an archive cannot be opened or is empty.
    """
    data = data.rstrip("/") or data
    if span_paths.has_spans(data):
        list_spans(data)
        return Source(*span_paths.split_at_span(data))
    if fileio.isdir(data):
        if not fileio.listdir(data):
            raise InputError(f"{data}: expected UTKFace files; the folder is empty")
        return Source(data, WHOLE_FOLDER)
    head, _, tail = data.rpartition("/")
    source = Source(head or ("/" if data.startswith("/") else "."), tail)
    for path in filter(is_archive, _find(source, data)):
        _check_archive(path)
    return source


def list_spans(data: str) -> list[int]:
    """Returns the spans that are there, in order.

    Raises:
      InputError: if there is none, or something else than a number stands for one.
    """
    data = data.rstrip("/")
    return span_paths.read_spans(data, _find(Source(*span_paths.split_at_span(data)), data))


def list_paths(source: Source) -> Iterator[str]:
    """Yields each matched file and archive, in sorted order; matched folders are walked."""
    matches = [source.input_base]
    if source.pattern != WHOLE_FOLDER:
        matches = sorted(fileio.glob(_join(source)))
    for match in matches:
        if not fileio.isdir(match):
            yield match
            continue
        for folder, _, names in fileio.walk(match):
            yield from (f"{folder.rstrip('/')}/{name}" for name in sorted(names))


def read(path: str) -> Iterator[ImageFile]:
    """Yields the file at a path, or each file and link inside the archive at it.

    Raises:
      InputError: if an archive breaks off or is damaged: how many files it lacks
        cannot be known, so no count of it could be right.
    """
    if not is_archive(path):
        try:
            with fileio.open(path, "rb") as file:
                yield ImageFile(path, _name(path), file.read())
        except Exception as error:  # whatever the file system raises, the file is counted
            yield ImageFile(path, _name(path), None, f"{type(error).__name__}: {error}")
        return
    with fileio.open(path, "rb") as file:
        try:
            for member in archive.read_members(file):
                why = "" if member.data is not None else "a link, which an archive may not hold"
                yield ImageFile(f"{path}!{member.name}", _name(member.name), member.data, why)
        except archive.DamagedArchiveError as error:
            raise InputError(
                f"{path}: expected a whole tar archive; reading stopped with {error}. "
                "Fetch the archive again."
            ) from error


def _find(source: Source, data: str) -> list[str]:
    matches = fileio.glob(span_paths.of_any_span(_join(source)))
    if not matches:
        raise InputError(
            f"{data}: expected a folder, a glob or a {', '.join(ARCHIVE_SUFFIXES)} archive of "
            "UTKFace files; nothing is there"
        )
    return matches


def _check_archive(path: str) -> None:
    if next(read(path), None) is None:
        raise InputError(f"{path}: expected UTKFace files; the archive holds none")


def _name(path: str) -> str:
    return PurePosixPath(path).name


def _join(source: Source) -> str:
    return f"{source.input_base.rstrip('/')}/{source.pattern}"
