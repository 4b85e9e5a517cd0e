"""Lists and reads single paths."""

from collections.abc import Iterator, Sequence

from components.ingest.archives import archive
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.sources.reading import ImageFile, ListedPath, read_listed
from components.ingest.sources.source import Source, list_all, list_files


def read(path: str) -> list[ImageFile]:
    """Returns the file at a path, or each file in the archive at it."""
    name = "" if archive.is_archive(path) else path.rpartition("/")[2]
    return list(read_listed(ListedPath(path, name)))


def paths(source: Source) -> list[str]:
    """Returns the paths of all that a source lists."""
    return [listed.path for listed in list_files(source)]


def read_all(
    found: Sequence[Source], limits: ArchiveLimits = DEFAULT_LIMITS
) -> Iterator[ImageFile]:
    """Yields each file of several sources, read when it is asked for."""
    for listed in list_all(found):
        yield from read_listed(listed, limits)
