"""Units of work: an archive, or some files that lie beside each other."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

from components.ingest.archives import archive
from components.ingest.settings import IngestSettings
from components.ingest.sources.reading import ImageFile, ListedPath, read_listed

# Few enough to share out among workers, enough for a file of records.
FILES = 2048
# What the pictures in a file of records come to.
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
    """Divides listed paths into units, in their order; there is at least one."""
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
      unit: the number of its part of the ledger.
      units: the parts of the ledger.
      first: the number of its first file of records.
      files: its files of records, each of about as many bytes.
      total: the files of records of all units.
    """

    unit: int
    units: int
    first: int
    files: int
    total: int


def plan_shards(sizes: Mapping[int, int]) -> dict[int, Shards]:
    """Divides each unit into files by the bytes of its pictures, by its number."""
    counts = {unit: max(1, round(sizes[unit] / SHARD_BYTES)) for unit in sorted(sizes)}
    firsts = accumulate(counts.values(), initial=0)
    return {
        unit: Shards(place, len(counts), first, count, sum(counts.values()))
        for place, ((unit, count), first) in enumerate(zip(counts.items(), firsts, strict=False))
    }
