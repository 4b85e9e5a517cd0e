"""Every code of the ledger is explained."""

from typing import get_args

import pytest

from components.ingest.labels import names
from components.ingest.labels.label_source import LABELS_CORRECTED
from components.ingest.ledger.rows import Status
from components.ingest.pictures import repairs
from components.ingest.pictures.pictures import Format
from components.ingest.rejection import RejectedFile
from pipeline.tools.inspection.explanations import explain

REPAIRS = [value for name, value in vars(repairs).items() if name.isupper()]
STORED_AS_PNG = [repairs.to_png(kind) for kind in get_args(Format) if kind not in ("JPEG", "PNG")]
NAMES = [RejectedFile.NAME_GRAMMAR, RejectedFile.LABEL_MISSING, RejectedFile.LABEL_OUT_OF_RANGE]
ROWS = [each for each in RejectedFile.OF_MANIFESTS if each != RejectedFile.ROW_WITHOUT_FILE]


@pytest.mark.parametrize("reason", RejectedFile.REASONS)
def test_every_quarantine_reason_is_explained_in_a_sentence(reason: str) -> None:
    sentence = explain(Status.QUARANTINED, reason)
    assert sentence[0].isupper() and sentence.endswith(".")


@pytest.mark.parametrize("change", [*REPAIRS, *STORED_AS_PNG, *NAMES, *ROWS, LABELS_CORRECTED])
def test_every_change_of_a_repaired_file_is_explained_in_a_sentence(change: str) -> None:
    sentence = explain(Status.REPAIRED, change)
    assert sentence[0].isupper() and sentence.endswith(".")


@pytest.mark.parametrize("labels", ["", "39_1_", "117_0_0_"])
def test_a_name_to_correct_has_one_of_the_three_reasons(labels: str) -> None:
    with pytest.raises(RejectedFile) as caught:
        names.parse(f"{labels}20170116174525125.jpg")
    assert caught.value.reason in NAMES


def test_explanations_name_labels_by_their_tasks() -> None:
    assert explain(Status.QUARANTINED, RejectedFile.LABEL_MISSING) == (
        "The name or the manifest lacks the age, the gender or the race. Labels are never guessed."
    )
    assert explain(Status.QUARANTINED, RejectedFile.LABEL_OUT_OF_RANGE) == (
        "The name or the manifest has an age, a gender or a race outside the range of the data set."
    )


def test_a_reason_is_explained_differently_for_a_repaired_file() -> None:
    code = RejectedFile.LABEL_MISSING
    assert "corrections" in explain(Status.REPAIRED, code)
    assert "corrections" not in explain(Status.QUARANTINED, code)
