"""Units of work: an archive, or a sequence of listed files."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

from components.ingest.archives import archive
from components.ingest.settings import IngestSettings
from components.ingest.sources.reading import ImageFile, ListedPath, read_listed

# Few enough to distribute among workers, enough for a record file.
FILES = 2048
# The approximate image bytes in a record file.
SHARD_BYTES = 32 << 20


class Unit(NamedTuple):
    """Paths that a worker reads in order.

    Attributes:
      number: position among the units.
      paths: paths of files, or of an archive.
    """

    number: int
    paths: tuple[ListedPath, ...]

    def read(self, settings: IngestSettings) -> Iterator[ImageFile]:
        """Yields each file, reading it only on demand.

        Raises:
          InputError: if an archive is damaged, or exceeds a limit.
        """
        for path in self.paths:
            yield from read_listed(path, settings.archives, settings.pictures.max_bytes)


def make_units(paths: Iterable[ListedPath]) -> Iterator[Unit]:
    """Divides listed paths into units, in order; yields at least one unit."""
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
    if files or not number:
        yield Unit(number, tuple(files))


class Shards(NamedTuple):
    """The files that a unit is written to.

    Attributes:
      unit: number of its part of the ledger.
      units: number of parts of the ledger.
      first: number of its first record file.
      files: number of its record files, each of about the same size.
      total: number of record files of all units.
    """

    unit: int
    units: int
    first: int
    files: int
    total: int


def plan_shards(sizes: Mapping[int, int]) -> dict[int, Shards]:
    """Plans the record files of each unit by the bytes of its images; keys are unit numbers."""
    counts = {unit: max(1, round(sizes[unit] / SHARD_BYTES)) for unit in sorted(sizes)}
    firsts = accumulate(counts.values(), initial=0)
    return {
        unit: Shards(place, len(counts), first, count, sum(counts.values()))
        for place, ((unit, count), first) in enumerate(zip(counts.items(), firsts, strict=False))
    }
