"""The summary of an ingest: counts, and digests for comparing runs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter

from components.errors import InputError
from components.ingest.archives import archive
from components.ingest.labels import names
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.findings import Findings
from components.ingest.ledger.rows import Status
from components.ingest.rejection import RejectedFile
from trainer.groups import COUNTED

_DRAWINGS_NOTE = (
    "{drawings:,} of the {listed:,} images are drawings made by the command utkface sample, "
    "not photographs of people: these figures do not show how the model performs on faces."
)
_MODULUS = 1 << 256


@dataclass(frozen=True)
class SplitTally:
    """The records of a split, independent of their order and files.

    Attributes:
      examples: number of records.
      digest: 64 hexadecimal digits: the sum of the records' SHA-256 modulo 2 ** 256. Equal exactly
        when the records are equal.
    """

    examples: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class IngestSummary:
    """The counts of an ingest.

    Attributes:
      listed: files in the source, except ignored files.
      accepted: files used unchanged.
      repaired: files used after a repair.
      quarantined: files not used.
      ignored: side files of an operating system, such as .DS_Store.
      by_reason: repaired and quarantined files, by reason.
      duplicates: duplicates among the usable files.
      distributions: used files by label, in words, for each of trainer.groups.COUNTED.
      ranges: used files with a label only known as a range, by the label's key.
      drawings: used files that `utkface sample` drew.
      splits: used files by split; empty before splits are written.
      first_bad: the first quarantined file that is no duplicate, and its problem, in words; empty
        if there is none.
    """

    listed: int
    accepted: int
    repaired: int
    quarantined: int
    ignored: int
    by_reason: dict[str, int]
    duplicates: Duplicates
    distributions: dict[str, dict[str, int]]
    ranges: dict[str, int] = field(default_factory=dict)
    drawings: int
    splits: dict[str, SplitTally]
    first_bad: str = ""

    @classmethod
    def of(cls, findings: Findings, splits: Iterable[str] = ()) -> "IngestSummary":
        """Sums up the counts of the steps.

        Args:
          findings: findings of all steps.
          splits: splits that were written; empty if none were to be written.

        Raises:
          RuntimeError: unless each listed file has one outcome, and each used file one record.
        """
        counts = findings.counts
        listed = counts["listed"]
        accepted, repaired, quarantined = (counts[status.value] for status in Status)
        if accepted + repaired + quarantined != listed:
            raise RuntimeError(
                f"Expected accepted + repaired + quarantined to be the {listed} listed files; "
                f"found {accepted} + {repaired} + {quarantined}. This is a defect; please report "
                "it."
            )
        tallies = {
            split: SplitTally(
                counts["examples", split], f"{counts['digest', split] % _MODULUS:064x}"
            )
            for split in splits
        }
        written = sum(tally.examples for tally in tallies.values())
        if tallies and written != accepted + repaired:
            raise RuntimeError(
                f"Expected {accepted + repaired} examples; {written} were written. This is a "
                "defect; please report it."
            )
        reasons = Counter({key[1]: counts[key] for key in counts if key[0] == "reason" and key[1]})
        return cls(
            listed=listed,
            accepted=accepted,
            repaired=repaired,
            quarantined=quarantined,
            ignored=counts["ignored"],
            by_reason=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
            duplicates=Duplicates.of(counts),
            distributions={
                by.key: {value: counts["value", by.key, value] for value in by.values}
                for by in COUNTED
            },
            ranges={key[1]: counts[key] for key in counts if key[0] == "ranged"},
            drawings=counts["drawings"],
            splits=tallies,
            first_bad=findings.first_bad[1] if findings.first_bad else "",
        )

    @property
    def used(self) -> int:
        return self.accepted + self.repaired

    @property
    def bad(self) -> int:
        """The quarantined files except duplicates, which have no defect."""
        return self.quarantined - self.by_reason.get(RejectedFile.DUPLICATE, 0)

    @property
    def note(self) -> str:
        """A caveat for readers of any figures of these images; empty if there is none."""
        if not self.drawings:
            return ""
        return _DRAWINGS_NOTE.format(drawings=self.drawings, listed=self.listed)

    def check(self, *, max_bad_fraction: float) -> None:
        """Raises if the run should not continue with the files that are left.

        Args:
          max_bad_fraction: maximum share of the listed files that may be quarantined; duplicates
            with the same labels do not count.

        Raises:
          InputError: if too many files are quarantined, none is used, or a split is empty.
        """
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in self.by_reason.items())
        outcome = (
            f"of {self.listed:,} listed files {self.used:,} can be used and {self.quarantined:,} "
            f"are quarantined: {reasons or 'none'}"
        )
        first = f". The first is {self.first_bad}" if self.first_bad else ""
        if not self.used:
            raise InputError(
                f"Expected files named {names.GRAMMAR}, in a folder or in a {archive.TYPES} "
                f"archive; {outcome}{first}."
            )
        if self.bad > max_bad_fraction * self.listed:
            raise InputError(
                f"Expected at most {max_bad_fraction:.1%} of the files to be quarantined, "
                f"duplicates not counted; {outcome}{first}. Fix the source, or raise "
                "ingest.max_bad_fraction."
            )
        empty = [name for name, split in self.splits.items() if not split.examples]
        if empty:
            raise InputError(
                f"Expected examples in each split; found none in {', '.join(empty)}; {outcome}. "
                "Add files, or change the split sizes."
            )

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "duplicates": self.duplicates.to_dict()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "IngestSummary":
        """Returns the summary that to_dict wrote.

        Raises:
          KeyError, TypeError, ValueError: if a value is missing or has another type.
        """
        duplicates = Duplicates.from_dict(document["duplicates"])
        return _SUMMARIES.validate_python({**document, "duplicates": vars(duplicates)})


_SUMMARIES = TypeAdapter(IngestSummary)
