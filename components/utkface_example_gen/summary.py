"""What came of the listed files: counts and digests that two runs can be compared by."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from tfx.dsl.io import fileio

from components.errors import InputError

_MODULUS = 1 << 256


@dataclass(frozen=True)
class SplitTally:
    """A split's records, whatever their order.

    Attributes:
      examples: how many records.
      digest: 64 hexadecimal digits: the sum of the records' SHA-256 modulo
        2 ** 256. Equal exactly when the records are.
    """

    examples: int
    digest: str

    @classmethod
    def of(cls, record_digests: Iterable[bytes]) -> "SplitTally":
        examples, total = 0, 0
        for record_digest in record_digests:
            examples += 1
            total = (total + int.from_bytes(record_digest, "big")) % _MODULUS
        return cls(examples, f"{total:064x}")

    @classmethod
    def merge(cls, tallies: Iterable["SplitTally"]) -> "SplitTally":
        examples, total = 0, 0
        for tally in tallies:
            examples += tally.examples
            total = (total + int(tally.digest, 16)) % _MODULUS
        return cls(examples, f"{total:064x}")


@dataclass(frozen=True)
class IngestSummary:
    """The counts of one ingest.

    Attributes:
      listed: how many files the source holds.
      drawings: how many of the accepted were drawn by `utkface sample`.
      quarantined: how many were not accepted, by reason.
      splits: what was accepted, by split.
    """

    listed: int
    drawings: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    splits: dict[str, SplitTally] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return sum(split.examples for split in self.splits.values())

    def check(self) -> None:
        """Raises if a file was lost or a split is empty.

        Raises:
          RuntimeError: if accepted + quarantined is not listed.
          InputError: if a split holds no example.
        """
        quarantined = sum(self.quarantined.values())
        if self.accepted + quarantined != self.listed:
            raise RuntimeError(
                f"Expected accepted + quarantined to be the {self.listed} listed files; found "
                f"{self.accepted} + {quarantined}. This is a defect; please report it."
            )
        empty = [name for name, split in self.splits.items() if not split.examples]
        if empty:
            raise InputError(
                f"Expected examples in each split; found none in {', '.join(empty)}: of "
                f"{self.listed} listed files {self.accepted} were accepted, and quarantined: "
                f"{self.quarantined or 'none'}. Give more files, or other split sizes."
            )

    def write(self, path: str) -> None:
        with fileio.open(path, "w") as file:
            file.write(json.dumps({"accepted": self.accepted, **asdict(self)}, indent=2) + "\n")

    @classmethod
    def read(cls, path: str) -> "IngestSummary":
        with fileio.open(path, "r") as file:
            document = json.load(file)
        splits = {name: SplitTally(**split) for name, split in document["splits"].items()}
        return cls(document["listed"], document["drawings"], document["quarantined"], splits)
