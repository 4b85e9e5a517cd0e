"""Lists and reads single paths."""

from collections.abc import Iterator, Sequence

from components.ingest.archives import archive
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.sources.reading import ImageFile, ListedPath, read_listed
from components.ingest.sources.source import Source, list_all, list_files


def read(path: str) -> list[ImageFile]:
    """Returns the file at a path, or all files in the archive at a path."""
    name = "" if archive.is_archive(path) else path.rpartition("/")[2]
    return list(read_listed(ListedPath(path, name)))


def paths(source: Source) -> list[str]:
    """Returns all paths that a source lists."""
    return [listed.path for listed in list_files(source)]


def read_all(
    found: Sequence[Source], limits: ArchiveLimits = DEFAULT_LIMITS
) -> Iterator[ImageFile]:
    """Yields the files of several sources, each read on demand."""
    for listed in list_all(found):
        yield from read_listed(listed, limits)
