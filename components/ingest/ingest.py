"""From listed files to a catalogue in which each of them has its outcome."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from components.ingest.examine import Examined
from components.ingest.labels.curated_entries import Ambiguities
from components.ingest.ledger.catalogue import Catalogue
from components.ingest.ledger.duplicates import count_duplicates, leave_out_duplicates
from components.ingest.ledger.summary import IngestSummary, SplitTally
from components.ingest.pictures import formats
from components.ingest.plan import IngestPlan
from components.ingest.scan import scan
from components.ingest.sources.reading import ImageFile
from components.ingest.sources.side_files import is_side_file
from components.ingest.splits import Splitter


class Ingest:
    """One ingest: `run` first, to its end, and `summarise` after it.

    Attributes:
      catalogue: what is known of the files.
    """

    def __init__(self, plan: IngestPlan, folder: Path):
        """Makes an ingest.

        Args:
          plan: how files are taken in.
          folder: for temporary files.
        """
        self.catalogue = Catalogue(folder)
        self._plan = plan
        self._splitter = Splitter(plan.buckets)
        self._listed = self._ignored = 0

    def run(self, files: Iterable[ImageFile]) -> Iterator[tuple[int, Examined, str]]:
        """Looks at each file, and decides on the duplicates once all are known.

        Args:
          files: in the order of the ledger.

        Yields:
          What may be used, before the word on duplicates: its place in the ledger, what is
          known of it, and its split.

        Raises:
          InputError: at the end, if a correction or a takedown names several pictures.
        """
        scanned = scan(
            self._without_side_files(files), self._plan.rules, workers=self._plan.settings.workers
        )
        ambiguities = Ambiguities()
        for number, found in enumerate(scanned):
            for named in found.named:
                ambiguities.add(named)
            split = ""
            if found.picture:
                split = self._splitter.split_of(found.picture.perceptual_hash)
                yield number, found, split
            self.catalogue.add(
                number, found, declared_format=formats.by_suffix(found.name), split=split
            )
        settings = self._plan.settings
        ambiguities.check(settings.model_dump(include={"corrections_file", "takedowns_file"}))
        self.duplicates = count_duplicates(self.catalogue)
        if settings.duplicates == "leave-out":
            leave_out_duplicates(self.catalogue)

    def summarise(self, splits: Mapping[str, SplitTally]) -> IngestSummary:
        """Counts the outcomes.

        Args:
          splits: what was written; empty if nothing was to be.

        Raises:
          RuntimeError: if not every listed file has one outcome.
        """
        return IngestSummary.of(
            self.catalogue,
            self.duplicates,
            listed=self._listed,
            ignored=self._ignored,
            splits=splits,
        )

    def _without_side_files(self, files: Iterable[ImageFile]) -> Iterator[ImageFile]:
        for file in files:
            if is_side_file(file.relative_name):
                self._ignored += 1
            else:
                self._listed += 1
                yield file
