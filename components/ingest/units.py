"""Units of work: an archive, or some files that lie beside each other."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from components.ingest.archives import archive
from components.ingest.settings import IngestSettings
from components.ingest.sources.reading import ImageFile, ListedPath, read_listed

# Few enough to share out among workers, enough to make a unit worth its way to one.
FILES = 512
# That of the rows of a manifest that are of no file.
MANIFEST_UNIT = -1
# Of the files whose pictures are in one file of records.
SHARD_BYTES = 32 << 20


class Unit(NamedTuple):
    """Paths that one worker reads, one after the other.

    Attributes:
      number: its place among the units.
      paths: of files, or of one archive.
    """

    number: int
    paths: tuple[ListedPath, ...]

    def read(self, settings: IngestSettings) -> Iterator[ImageFile]:
        """Yields each file, read when it is asked for.

        Raises:
          InputError: if an archive is damaged, or goes over a limit.
        """
        for path in self.paths:
            yield from read_listed(path, settings.archives, settings.pictures.max_bytes)


def make_units(paths: Iterable[ListedPath]) -> Iterator[Unit]:
    """Divides listed paths into units, in their order."""
    number = 0
    files: list[ListedPath] = []
    for path in paths:
        alone = archive.is_archive(path.path)
        if files and (alone or len(files) == FILES):
            yield Unit(number, tuple(files))
            number, files = number + 1, []
        files.append(path)
        if alone:
            yield Unit(number, tuple(files))
            number, files = number + 1, []
    if files:
        yield Unit(number, tuple(files))


class Shards(NamedTuple):
    """How the records of some units are divided into files.

    Attributes:
      first: the number of the first file.
      count: files, each of about as many bytes.
      total: the files of all units.
    """

    first: int
    count: int
    total: int


def plan_shards(sizes: Mapping[int, int]) -> tuple[dict[int, int], dict[int, Shards]]:
    """Groups units, so that each file of records is of a good size and has one writer.

    Args:
      sizes: the bytes of the pictures in each unit, by its number.

    Returns:
      The group of each unit, and the files of each group.
    """
    groups: dict[int, int] = {}
    filled: list[int] = []
    for unit in sorted(sizes):
        if not filled or filled[-1] + sizes[unit] > SHARD_BYTES:
            filled.append(0)
        groups[unit] = len(filled) - 1
        filled[-1] += sizes[unit]
    counts = [max(1, round(size / SHARD_BYTES)) for size in filled]
    return groups, {
        group: Shards(sum(counts[:group]), count, sum(counts)) for group, count in enumerate(counts)
    }
