"""Where the files come from: a folder, a glob, or an archive; one, or one a span."""

from collections.abc import Iterator
from typing import NamedTuple

from components.errors import InputError
from components.utkface_example_gen import archive, files, span_paths
from components.utkface_example_gen.archive_limits import DEFAULT_LIMITS, ArchiveLimits
from components.utkface_example_gen.reading import ImageFile, ListedPath, read, read_listed

__all__ = [
    "WHOLE_FOLDER",
    "ImageFile",
    "ListedPath",
    "Source",
    "describe",
    "list_files",
    "list_paths",
    "list_spans",
    "of_pattern",
    "read",
    "read_listed",
    "resolve",
    "to_pattern",
]

WHOLE_FOLDER = "*"


class Source(NamedTuple):
    """The two halves of a data path, as TFX's FileBasedExampleGen wants them.

    Attributes:
      input_base: a folder, the folder of an archive, or the one that a glob begins in.
      pattern: what is matched inside it.
    """

    input_base: str
    pattern: str


def resolve(data: str, limits: ArchiveLimits = DEFAULT_LIMITS) -> Source:
    """Splits a data path into a base and a pattern, and checks that files are there.

    Args:
      data: a folder (taken whole, with the folders in it), a glob, or an archive;
        local or on an object store. `{SPAN}` in it stands for a number, and `{YYYY}`,
        `{MM}` and `{DD}` for a date.
      limits: what an archive may hold.

    Raises:
      InputError: if nothing is there, a folder cannot be listed, or an archive cannot be
        opened, is empty, or goes over a limit as far as can be told from its beginning.
    """
    data = data.rstrip("/") or data
    if span_paths.has_spans(data):
        list_spans(data)
        return Source(*span_paths.split_at_span(data))
    if files.isdir(data):
        _check_folder(data)
        return Source(data, WHOLE_FOLDER)
    # A file whose name looks like a glob is that file.
    source = _split(files.escape(data) if files.is_local_file(data) else data)
    for path in filter(archive.is_archive, _find(source, data)):
        if not files.isdir(path):
            _check_archive(path, limits)
    return source


def of_pattern(pattern: str) -> Source:
    """Returns the source that a pattern means; one that ends in `/*` is a folder taken whole."""
    return _split(pattern)


def to_pattern(source: Source) -> str:
    """Returns one pattern for a source; `of_pattern` finds the same files by it."""
    if source.pattern == WHOLE_FOLDER:
        # What looks like a wildcard is part of the folder's name.
        return f"{files.escape(source.input_base).rstrip('/')}/{WHOLE_FOLDER}"
    return _join(source)


def describe(source: Source) -> str:
    """Returns a source as a user would write it."""
    return source.input_base if source.pattern == WHOLE_FOLDER else _join(source)


def list_spans(data: str) -> list[int]:
    """Returns the spans that are there, in order.

    Raises:
      InputError: if there is none, or something else than a number stands for one.
    """
    data = data.rstrip("/")
    return span_paths.read_spans(data, _find(Source(*span_paths.split_at_span(data)), data))


def list_files(source: Source) -> Iterator[ListedPath]:
    """Yields each matched file and archive, in sorted order; matched folders are walked."""
    matches = [source.input_base]
    if source.pattern != WHOLE_FOLDER:
        matches = files.glob(_join(source))
    for match in matches:
        for path in files.walk(match) if files.isdir(match) else [match]:
            named = _join(source) in (path, files.escape(path))
            name = "" if named and archive.is_archive(path) else relative_name(path, source)
            yield ListedPath(path, name, files.printable(path if named else describe(source)))


def list_paths(source: Source) -> Iterator[str]:
    """Yields the paths that list_files yields."""
    return (listed.path for listed in list_files(source))


def relative_name(path: str, source: Source) -> str:
    """Returns a path that a source lists, without its base; any other path as it is."""
    return path.removeprefix(_base(source))


def _split(data: str) -> Source:
    wildcard = files.WILDCARD.search(data)
    cut = data.rfind("/", 0, wildcard.start() if wildcard else None) + 1
    return Source(data[:cut].rstrip("/") or ("/" if data.startswith("/") else "."), data[cut:])


def _find(source: Source, data: str) -> list[str]:
    matches = files.glob(span_paths.of_any_span(_join(source)))
    if not matches:
        raise InputError(
            f"{data}: expected a folder, a glob or a {', '.join(archive.SUFFIXES)} archive of "
            "UTKFace files; nothing is there"
        )
    return matches


def _check_folder(path: str) -> None:
    try:
        names = files.listdir(path)
    except OSError as error:
        raise InputError(f"{path}: expected a folder that can be listed; {error}") from error
    if not names:
        raise InputError(f"{path}: expected UTKFace files; the folder is empty")


def _check_archive(path: str, limits: ArchiveLimits) -> None:
    if next(read(path, limits), None) is None:
        raise InputError(f"{path}: expected UTKFace files; the archive holds none")


def _base(source: Source) -> str:
    return f"{source.input_base.rstrip('/')}/"


def _join(source: Source) -> str:
    return f"{_base(source)}{source.pattern}"
