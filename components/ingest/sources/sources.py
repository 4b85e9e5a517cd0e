"""Several sources, combined."""

from collections.abc import Iterator, Sequence

from components.errors import InputError
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.sources.reading import ListedPath
from components.ingest.sources.source import Source, list_files, relative_name, resolve
from components.storage import files


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


def list_all(sources: Sequence[Source], *, follow_links: bool = False) -> Iterator[ListedPath]:
    """Yields the files of several sources, source by source.

    A file in several sources, such as a folder and a glob into it, is listed once, under the first.
    """
    for index, source in enumerate(sources):
        for listed in list_files(source, follow_links=follow_links):
            if not any(_holds(earlier, listed) for earlier in sources[:index]):
                yield listed


def _holds(source: Source, listed: ListedPath) -> bool:
    """Returns whether a source lists a path, or walks a folder above it."""
    inside = relative_name(listed.path, source)
    if inside == listed.path:
        return False
    if source.inside and not f"{listed.inside}/".startswith(f"{source.inside}/"):
        return False
    return files.fits(inside.split("/"), source.pattern.split("/"))
