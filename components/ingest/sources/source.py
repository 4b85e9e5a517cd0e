"""Where the files come from: a folder, a glob, or an archive; one, or one a span."""

from components.errors import InputError
from components.ingest.archives import archive
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.sources import files, span_paths
from components.ingest.sources.listing import find_matches, list_files, list_paths
from components.ingest.sources.reading import ImageFile, ListedPath, read, read_listed
from components.ingest.sources.source_path import (
    WHOLE_FOLDER,
    Source,
    describe,
    holds,
    join,
    locate,
    of_pattern,
    relative_name,
    to_pattern,
)

__all__ = [
    "WHOLE_FOLDER",
    "ImageFile",
    "ListedPath",
    "Source",
    "describe",
    "holds",
    "list_files",
    "list_paths",
    "list_spans",
    "locate",
    "of_pattern",
    "read",
    "read_listed",
    "relative_name",
    "resolve",
    "to_pattern",
]

_FOLDERS_SHOWN = 5


def resolve(data: str, limits: ArchiveLimits = DEFAULT_LIMITS) -> Source:
    """Splits a data path into a base and a pattern, and checks that files are there.

    Args:
      data: a folder (taken whole, with the folders in it), a glob, or an archive, or a folder
        in one as `faces.zip!/UTKFace`; local or on an object store. `{SPAN}` in it stands for a
        number, and `{YYYY}`, `{MM}` and `{DD}` for a date.
      limits: what an archive may hold.

    Raises:
      InputError: if nothing is there, a folder cannot be listed, or an archive cannot be
        opened, is empty, or goes over a limit as far as can be told from its beginning.
    """
    data = data.rstrip("/") or data
    path, inside = archive.split_inside(data)
    if span_paths.has_spans(data):
        list_spans(data)
        return Source(*span_paths.split_at_span(path), inside)
    if files.isdir(data):
        _check_folder(data)
        return Source(data, WHOLE_FOLDER)
    # A file whose name looks like a glob is that file.
    pattern = files.escape(path) if files.is_local_file(path) else path
    source = of_pattern(pattern)._replace(inside=inside)
    _find(source, data)
    for found, within in find_matches(source):
        # Whether it may be followed is not known here.
        out = found != within and files.lies_outside(found, within)
        if archive.is_archive(found) and not out and not files.isdir(found):
            _check_archive(found, inside, limits)
    return source


def list_spans(data: str) -> list[int]:
    """Returns the spans that are there, in order.

    Raises:
      InputError: if there is none, or something else than a number stands for one.
    """
    path, inside = archive.split_inside(data.rstrip("/"))
    if span_paths.has_spans(inside):
        raise InputError(f"{data}: expected the span in the path of the archive; found it behind")
    return span_paths.read_spans(path, _find(Source(*span_paths.split_at_span(path)), data))


def _find(source: Source, data: str) -> list[str]:
    matches = files.glob(span_paths.of_any_span(join(source)))
    if not matches:
        raise InputError(
            f"{data}: expected a folder, a glob or a {archive.TYPES} archive of UTKFace files; "
            "nothing is there"
        )
    return matches


def _check_folder(path: str) -> None:
    try:
        names = files.listdir(path)
    except OSError as error:
        raise InputError(f"{path}: expected a folder that can be listed; {error}") from error
    if not names:
        raise InputError(f"{path}: expected UTKFace files; the folder is empty")


def _check_archive(path: str, inside: str, limits: ArchiveLimits) -> None:
    if next(read(path, limits, inside=inside), None) is not None:
        return
    folders = sorted({file.relative_name.rpartition("/")[0] for file in read(path, limits)})
    if not inside or not folders:
        raise InputError(f"{path}: expected UTKFace files; the archive holds none")
    shown = ", ".join(f"{folder or '.'!r}" for folder in folders[:_FOLDERS_SHOWN])
    more = f" and {len(folders) - _FOLDERS_SHOWN:,} more" if len(folders) > _FOLDERS_SHOWN else ""
    raise InputError(
        f"{path}: expected files in its folder {inside!r}; the archive has files in {shown}{more}"
    )
