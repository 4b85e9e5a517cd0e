"""Data paths as sources: folders, globs and archives, optionally for each span."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from components.errors import InputError
from components.ingest.archives import archive
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.sources import span_paths
from components.ingest.sources.reading import ListedPath, read_listed
from components.storage import files

WHOLE_FOLDER = "*"
_FOLDERS_SHOWN = 5


class Source(NamedTuple):
    """A data path in two parts, as TFX's FileBasedExampleGen requires.

    Attributes:
      input_base: a folder: the data folder, the folder of an archive, or the part before a glob.
      pattern: pattern of the files in it.
      inside: folder to read within archives; empty for whole archives.
    """

    input_base: str
    pattern: str
    inside: str = ""


def resolve(data: str, limits: ArchiveLimits = DEFAULT_LIMITS) -> Source:
    """Splits a data path into a base and a pattern, and checks that files exist.

    The path names a folder (with its subfolders), a glob, an archive, or a folder in an archive,
    such as `faces.zip!/UTKFace`; local or on an object store. `{SPAN}` in it stands for a number,
    and `{YYYY}`, `{MM}` and `{DD}` for a date.

    Raises:
      InputError: if no files exist, a folder cannot be listed, or an archive cannot be opened, is
        empty, or exceeds a limit that its start reveals.
    """
    data = data.rstrip("/") or data
    path, inside = archive.split_inside(data)
    if span_paths.has_spans(data):
        list_spans(data)
        return Source(*span_paths.split_at_span(path), inside)
    if files.isdir(data):
        try:
            if not files.listdir(data):
                raise InputError(f"{data}: expected UTKFace files; the folder is empty")
        except OSError as error:
            raise InputError(f"{data}: expected a folder that can be listed; {error}") from error
        return Source(data, WHOLE_FOLDER)
    # A file whose name looks like a glob is read as that file.
    pattern = files.escape(path) if files.is_local_file(path) else path
    source = of_pattern(pattern, inside)
    _glob(pattern, data)
    for match, within, is_folder in _matches(source):
        # Whether links may be followed is not known here.
        leads_out = match != within and files.lies_outside(match, within)
        if archive.is_archive(match) and not leads_out and not is_folder:
            _check_archive(match, inside, limits)
    return source


def resolve_all(paths: Sequence[str], limits: ArchiveLimits = DEFAULT_LIMITS) -> list[Source]:
    """Resolves data paths; raises InputError if there are none, or a path is repeated."""
    if not paths:
        raise InputError("expected at least one data path; found none")
    sources: list[Source] = []
    for path in paths:
        source = resolve(path, limits)
        if source in sources:
            raise InputError(f"{path}: expected each data path once; found it twice")
        sources.append(source)
    return sources


def list_spans(data: str) -> list[int]:
    """Returns the existing spans, sorted; raises InputError as read_spans, or if none exist."""
    path, inside = archive.split_inside(data.rstrip("/"))
    if span_paths.has_spans(inside):
        raise InputError(
            f"{data}: expected the span in the path of the archive; found it inside the archive"
        )
    return span_paths.read_spans(path, _glob(span_paths.of_any_span(path), data))


def list_files(source: Source, *, follow_links: bool = False) -> Iterator[ListedPath]:
    """Yields each matched file and archive, in sorted order; matched folders are walked.

    Links out of the folder that the data path names are followed only if `follow_links`.
    """
    walked: set[str] = set()
    for match, within, is_folder in _matches(source):
        # `**` also matches subfolders of a folder that it matches.
        if not walked.isdisjoint(_folders_above(match)):
            continue
        if not follow_links and match != within and files.lies_outside(match, within):
            yield _listed(match, source)._replace(outside=True)
        elif not is_folder:
            yield _listed(match, source)
        else:
            walked.add(match)
            for path in files.walk(match, None if follow_links else within):
                outside = (
                    not follow_links and files.is_link(path) and files.lies_outside(path, within)
                )
                yield _listed(path, source)._replace(outside=outside)


def list_all(sources: Sequence[Source], *, follow_links: bool = False) -> Iterator[ListedPath]:
    """Yields the files of several sources, source by source.

    A file in several sources, such as a folder and a glob into it, is listed once, under the first.
    """
    for index, source in enumerate(sources):
        for listed in list_files(source, follow_links=follow_links):
            if not any(_lists(earlier, listed) for earlier in sources[:index]):
                yield listed


def locate(data: str) -> Source:
    """Returns the source of a data path, for any span; no files need to exist."""
    if files.isdir(data):
        return Source(data, WHOLE_FOLDER)
    path, inside = archive.split_inside(data)
    return of_pattern(span_paths.of_any_span(path), inside)


def of_pattern(pattern: str, inside: str = "") -> Source:
    """Splits a pattern at its first wildcard, or otherwise at its last slash."""
    return Source(*files.split(pattern, files.WILDCARD), inside)


def to_pattern(source: Source) -> str:
    """Returns a pattern for a source; `of_pattern` finds the same files with it."""
    if source.pattern == WHOLE_FOLDER:
        # Wildcards in the folder's name are literal.
        source = source._replace(input_base=files.escape(source.input_base))
    return _join(source)


def describe(source: Source) -> str:
    """Returns a source as a user would write it."""
    if source.pattern == WHOLE_FOLDER:
        return source.input_base
    return _join(source) + (f"!/{source.inside}" if source.inside else "")


def contains(source: Source, path: Path) -> bool:
    """Returns whether a source lists a resolved local path, or walks a folder above it."""
    base = Path(source.input_base).resolve()
    if files.is_remote(source.input_base) or not path.is_relative_to(base):
        return False
    return files.fits(path.relative_to(base).parts, source.pattern.split("/"))


def relative_name(path: str, source: Source) -> str:
    """Returns a path that a source lists, relative to its base; any other path unchanged."""
    return path.removeprefix(_join(source._replace(pattern="")))


def _join(source: Source) -> str:
    return f"{source.input_base.rstrip('/')}/{source.pattern}"


def _glob(pattern: str, data: str) -> list[str]:
    if matches := files.glob(pattern):
        return matches
    raise InputError(
        f"{data}: expected a folder, a glob or a {archive.TYPES} archive of UTKFace files; "
        "found nothing"
    )


def _matches(source: Source) -> Iterator[tuple[str, str, bool]]:
    """Yields each match of a source, the part of its path before any wildcard, and its kind.

    The kind is whether it is a folder.
    """
    if source.pattern == WHOLE_FOLDER:
        yield source.input_base, source.input_base, files.isdir(source.input_base)
        return
    base = of_pattern(_join(source)).input_base
    for match, is_folder in files.find(_join(source)):
        yield match, match if _is_named(match, source) else base, is_folder


def _is_named(path: str, source: Source) -> bool:
    """Returns whether a source is exactly this file; its name may look like a glob."""
    return _join(source) in (path, files.escape(path))


def _lists(source: Source, listed: ListedPath) -> bool:
    """Returns whether a source lists a path, or walks a folder above it."""
    inside = relative_name(listed.path, source)
    if inside == listed.path:
        return False
    if source.inside and not f"{listed.inside}/".startswith(f"{source.inside}/"):
        return False
    return files.fits(inside.split("/"), source.pattern.split("/"))


def _listed(path: str, source: Source) -> ListedPath:
    named = _is_named(path, source)
    name = "" if named and archive.is_archive(path) else relative_name(path, source)
    origin = path + (f"!/{source.inside}" if source.inside else "") if named else describe(source)
    return ListedPath(path, name, files.printable(origin), source.inside)


def _folders_above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _check_archive(path: str, inside: str, limits: ArchiveLimits) -> None:
    if next(read_listed(ListedPath(path, "", inside=inside), limits), None):
        return
    members = read_listed(ListedPath(path, ""), limits)
    folders = sorted({file.relative_name.rpartition("/")[0] or "." for file in members})
    if not inside or not folders:
        raise InputError(f"{path}: expected UTKFace files; the archive contains none")
    first, more = ", ".join(map(repr, folders[:_FOLDERS_SHOWN])), len(folders) - _FOLDERS_SHOWN
    raise InputError(
        f"{path}: expected files in its folder {inside!r}; the archive has files in {first}"
        + (f" and {more:,} more" if more > 0 else "")
    )
