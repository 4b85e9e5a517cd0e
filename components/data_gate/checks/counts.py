"""Compares the number of examples that a Beam engine described with the number that it wrote."""

from collections.abc import Mapping

from tfx import types

from components.data_gate.slice_statistics import ALL, Slices
from components.ingest.outcome import read_summary
from components.split_counts import check_count


def check_counts(ledger: types.Artifact, now: Mapping[str, Slices]) -> None:
    """Checks that the statistics cover every example of the ingest.

    Args:
      ledger: ledger of the ingest.
      now: statistics of each split.

    Raises:
      RuntimeError: if a split has another number of examples in its statistics.
    """
    for split, tally in read_summary(ledger.uri).splits.items():
        slices = now.get(split)
        described = slices[ALL].examples if slices else 0
        check_count(tally.examples, split, described, "statistics")
