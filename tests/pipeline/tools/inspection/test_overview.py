"""The counts of a ledger for the inspection page."""

import pytest

from components.ingest.labels.names import Labels, labels_of
from components.ingest.ledger.rows import LedgerRow, Status
from pipeline.tools.inspection.overview import Overview


def used(labels: Labels, *repairs: str, brightness: float = 100, sharpness: float = 5) -> LedgerRow:
    return LedgerRow(
        name="a.jpg",
        status=(Status.REPAIRED if repairs else Status.ACCEPTED).value,
        reason=", ".join(repairs),
        split="train",
        labels=labels,
        detected_format="JPEG",
        width=200,
        height=100 if repairs else 200,
        brightness=brightness,
        contrast=20,
        sharpness=sharpness,
        colour=7.5 if repairs else None,
    )


def bad(reason: str, name: str = "b.jpg") -> LedgerRow:
    return LedgerRow(name=name, status=Status.QUARANTINED.value, reason=reason, detail="why")


@pytest.fixture
def rows() -> list[LedgerRow]:
    return [
        *[bad("truncated", f"{number}.jpg") for number in range(50)],
        used(labels_of((2, 0, 0)), brightness=0, sharpness=0),
        used(labels_of((3, 1, 4)), "rotated", "metadata-removed", brightness=7.9),
        used(labels_of((116, 1, 4)), "metadata-removed", brightness=8, sharpness=1e9),
        bad("too-small"),
        used(labels_of((1, 0, 0)), brightness=255),
    ]


def test_reasons_and_changes_are_counted_separately(rows: list[LedgerRow]) -> None:
    overview = Overview.of(rows, max_rows=10)
    assert overview.quarantined == {"truncated": 50, "too-small": 1}
    assert list(overview.repaired.items()) == [("metadata-removed", 2), ("rotated", 1)]


def test_used_files_are_counted_by_labels_splits_and_sizes(rows: list[LedgerRow]) -> None:
    overview = Overview.of(rows, max_rows=10)
    assert overview.labels["age_band"]["0-2"] == (2, 0)
    assert overview.labels["age_band"]["3-9"] == (0, 1)
    assert overview.labels["age_band"]["70+"] == (0, 1)
    assert overview.labels["race"] == {
        "White": (2, 0),
        "Black": (0, 0),
        "Asian": (0, 0),
        "Indian": (0, 0),
        "Others": (0, 2),
    }
    assert overview.splits == {"train": 4}
    assert overview.sizes == {"200 x 100": 2, "200 x 200": 2}


def test_every_used_file_is_in_one_bin(rows: list[LedgerRow]) -> None:
    scalars = Overview.of(rows, max_rows=10).scalars
    brightness = scalars["brightness"]
    assert brightness.counts[:2] == (2, 1) and brightness.counts[-1] == 1
    assert (brightness.least, brightness.median, brightness.greatest) == (0, 8, 255)
    assert {name: sum(found.counts) for name, found in scalars.items()} == {
        **dict.fromkeys(("brightness", "contrast", "sharpness"), 4),
        # Color is not measured for every file.
        "colour": 2,
    }
    assert all(len(found.edges) == len(found.counts) + 1 for found in scalars.values())
    # Values beyond the last edge are in the last bin.
    assert (scalars["sharpness"].counts[0], scalars["sharpness"].counts[-1]) == (1, 1)


def test_a_frequent_reason_does_not_hide_other_reasons(rows: list[LedgerRow]) -> None:
    shown = Overview.of(rows, max_rows=5).rows
    assert [(row.status, row.reason) for row in shown] == [
        ("quarantined", "too-small"),
        ("quarantined", "truncated"),
        ("quarantined", "truncated"),
        ("repaired", "metadata-removed"),
        ("repaired", "rotated, metadata-removed"),
    ]
    assert [row.name for row in shown][1:3] == ["0.jpg", "1.jpg"]
    assert len(Overview.of(rows, max_rows=1000).rows) == 53


def test_a_ledger_without_used_files_has_no_scalars() -> None:
    overview = Overview.of([bad("truncated")], max_rows=5)
    assert overview.scalars == {} and overview.sizes == {} and overview.splits == {}
    assert sum(map(sum, overview.labels["age_band"].values())) == 0
