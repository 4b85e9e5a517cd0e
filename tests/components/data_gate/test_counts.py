"""Statistics that miss examples, as of an engine that loses records, end the run."""

import json
from pathlib import Path

import pytest

from components.data_gate.checks.counts import check_counts
from components.data_gate.slice_statistics import ALL, Slice
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.summary import IngestSummary, SplitTally
from components.ingest.outcome import SUMMARY_FILE
from components.utkface_example_gen.artifact import Ledger


def statistics(**examples: int) -> dict[str, dict[str, Slice]]:
    return {
        split: {ALL: Slice(count, {}, {})} if count else {} for split, count in examples.items()
    }


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of 211 train and 30 eval examples, and an empty test split."""
    counts = {"train": 211, "eval": 30, "test": 0}
    summary = IngestSummary(
        listed=241,
        accepted=241,
        repaired=0,
        quarantined=0,
        ignored=0,
        by_reason={},
        duplicates=Duplicates(0, 0, 0, 0, {}, 0, 0),
        distributions={},
        drawings=0,
        splits={split: SplitTally(count, "0" * 64) for split, count in counts.items()},
    )
    (tmp_path / SUMMARY_FILE).write_text(json.dumps(summary.to_dict()))
    ledger = Ledger()
    ledger.uri = str(tmp_path)
    return ledger


def test_statistics_of_all_examples_pass(ledger: Ledger) -> None:
    check_counts(ledger, statistics(train=211, eval=30, test=0))


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ({"train": 49, "eval": 30}, "211 examples in the train split; found statistics of 49"),
        ({"train": 212, "eval": 30}, "211 examples in the train split; found statistics of 212"),
        ({"train": 211, "eval": 0}, "30 examples in the eval split; found statistics of 0"),
        ({"train": 211}, "30 examples in the eval split; found statistics of 0"),
    ],
)
def test_lost_or_repeated_records_end_the_run(
    ledger: Ledger, examples: dict[str, int], message: str
) -> None:
    with pytest.raises(RuntimeError) as error:
        check_counts(ledger, statistics(**examples))
    assert message in str(error.value)
    assert "set beam.engine to local" in str(error.value)


def test_a_ledger_without_splits_is_of_an_inspection(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / SUMMARY_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "splits": {}}))
    check_counts(ledger, statistics(train=3))
