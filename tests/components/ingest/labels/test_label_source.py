"""Labels of a file, from its name or from a manifest, and reasons for having none."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.labels.corrections import Correction, Corrections
from components.ingest.labels.label_source import (
    LABELS_CORRECTED,
    FileLabels,
    ManifestSource,
    label_file,
)
from components.ingest.labels.manifest import ManifestRow
from components.ingest.labels.names import own_name, parse
from components.ingest.labels.takedowns import Takedowns
from components.ingest.rejection import RejectedFile

LABELS = {"age": 31, "gender": 1, "race": 2}
OTHERS = {"age": 4, "gender": 0, "race": 0}
NAME = "31_1_2_20170116174525125.jpg"
SHA = "a" * 64


def row(number: int, name: str, labels: dict[str, int] | None = None, **others: Any) -> ManifestRow:
    return ManifestRow(
        number=number, name=name, labels=LABELS if labels is None else labels, **others
    )


def source(rows: list[ManifestRow], *paths: str) -> ManifestSource:
    return ManifestSource("l.csv", rows, [(path, path) for path in paths])


def rejection(found: ManifestSource, path: str) -> tuple[str, str]:
    with pytest.raises(RejectedFile) as caught:
        found.read(path)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize("path", ["1.jpg", "/data/1.jpg", "f.zip!1.jpg", "s3://b/d/1.jpg"])
def test_a_row_labels_the_file_with_its_name(path: str) -> None:
    assert source([row(2, "1.jpg")], path).read(path) == FileLabels(LABELS)


def test_the_longest_matching_name_applies() -> None:
    paths = "/d/train/1.jpg", "/d/val/1.jpg", "/d/1.jpg"
    rows = [row(2, "1.jpg", OTHERS), row(3, "train/1.jpg"), row(4, "val/1.jpg")]
    found = source(rows, *paths)
    assert [found.read(path).labels for path in paths] == [LABELS, LABELS, OTHERS]
    assert list(found.without_file()) == []


def test_a_file_without_a_row_is_rejected() -> None:
    found = source([row(2, "2.jpg")], "/d/1.jpg", "/d/12.jpg")
    expected = "l.csv: expected a row for '1.jpg'; found none"
    assert rejection(found, "/d/1.jpg") == ("file-without-row", expected)
    assert rejection(found, "/d/12.jpg")[0] == "file-without-row"


def test_rows_without_a_file_are_reported() -> None:
    rows = [row(2, "1.jpg"), row(3, "2.jpg"), row(4, "train/1.jpg"), row(5, "2.jpg")]
    told = [
        (name, error.reason, error.detail) for name, error in source(rows, "1.jpg").without_file()
    ]
    assert told == [
        ("2.jpg", "row-without-file", "l.csv, line 3: expected a file '2.jpg'; found none"),
        ("2.jpg", "row-without-file", "l.csv, line 5: expected a file '2.jpg'; found none"),
        (
            "train/1.jpg",
            "row-without-file",
            "l.csv, line 4: expected a file 'train/1.jpg'; found none",
        ),
    ]


def test_a_row_without_a_file_name_keeps_its_own_reason() -> None:
    damaged = ManifestRow(number=2, name="", reason="row-damaged", detail="why")
    ((name, error),) = source([damaged], "1.jpg").without_file()
    assert (name, error.reason, error.detail) == ("", "row-damaged", "why")


def test_a_file_with_several_rows_is_rejected() -> None:
    found = source([row(9, "1.jpg"), row(2, "1.jpg")], "1.jpg")
    expected = "l.csv, line 2 and 9: expected one row for '1.jpg'; found 2"
    assert rejection(found, "1.jpg") == ("several-rows", expected)
    assert list(found.without_file()) == []


def test_of_many_rows_of_a_file_the_first_three_are_named() -> None:
    found = source([row(number, "1.jpg") for number in range(6, 1, -1)], "1.jpg")
    expected = "l.csv, line 2, 3 and 4: expected one row for '1.jpg'; found 5"
    assert rejection(found, "1.jpg") == ("several-rows", expected)


def test_a_row_that_matches_different_images_labels_none_of_them() -> None:
    found = source([row(2, "1.jpg")], "/d/b/1.jpg", "/d/a/1.jpg")
    for path in ("/d/a/1.jpg", "/d/b/1.jpg"):
        assert rejection(found, path) == (
            "row-of-several-files",
            "l.csv, line 2: expected '1.jpg' to name one image; found '/d/a/1.jpg' and "
            "'/d/b/1.jpg', which differ. Write enough of the path to distinguish them",
        )


def test_a_row_may_match_copies_or_a_name_with_a_time_stamp() -> None:
    copies = [("/a/1.jpg", SHA), ("/b/1.jpg", SHA)]
    found = ManifestSource("l.csv", [row(2, "1.jpg")], copies)
    assert found.read("/b/1.jpg").labels == LABELS
    found = source([row(2, NAME)], f"/a/{NAME}", f"/b/{NAME}")
    assert found.read(f"/b/{NAME}").labels == LABELS


def test_an_invalid_row_rejects_its_file_for_the_same_reason() -> None:
    bad = ManifestRow(number=2, name="1.jpg", reason="label-unknown", detail="why")
    assert rejection(source([bad], "1.jpg"), "1.jpg") == ("label-unknown", "why")


def test_messages_about_a_parquet_file_count_rows_instead_of_lines() -> None:
    found = ManifestSource("l.parquet", [row(2, "1.jpg")], [])
    ((_, error),) = found.without_file()
    assert error.detail == "l.parquet, row 2: expected a file '1.jpg'; found none"


@given(st.randoms(use_true_random=False))
def test_outcomes_do_not_depend_on_the_order_of_rows_and_files(rng: random.Random) -> None:
    rows = [row(2, "1.jpg"), row(3, "1.jpg"), row(4, "2.jpg"), row(5, "3.jpg"), row(6, "a/2.jpg")]
    paths = [f"/d/{folder}/{n}.jpg" for folder in "ab" for n in range(5)]

    def outcome(rows: list[ManifestRow], paths: list[str]) -> set[Any]:
        found = source(rows, *paths)
        told: set[Any] = {(name, e.reason, e.detail) for name, e in found.without_file()}
        for path in paths:
            try:
                told.add((path, str(found.read(path))))
            except RejectedFile as error:
                told.add((path, error.reason, error.detail))
        return told

    expected = outcome(rows, paths)
    rng.shuffle(rows)
    rng.shuffle(paths)
    assert outcome(rows, paths) == expected


def labeled(found: ManifestSource | None, path: str, **corrected: dict[str, int]) -> FileLabels:
    """Labels a file from a manifest, or from its name if there is none."""

    def read() -> FileLabels:
        return found.read(path) if found else FileLabels(parse(own_name(path)))

    by_name = {
        name.replace("_", "."): Correction(labels, "x") for name, labels in corrected.items()
    }
    return label_file(
        path,
        SHA,
        read,
        corrections=Corrections(by_name),
        takedowns=Takedowns(frozenset({"down.jpg"})),
    )


def test_corrections_apply_to_a_manifest() -> None:
    found = source([row(2, "a.jpg", OTHERS)], "/d/a.jpg", "/d/b.jpg")
    assert labeled(found, "/d/a.jpg") == FileLabels(OTHERS)
    expected = FileLabels({**OTHERS, "race": 3}, {}, (LABELS_CORRECTED,))
    assert labeled(found, "/d/a.jpg", a_jpg={"race": 3}) == expected
    expected = FileLabels(LABELS, {}, ("file-without-row",))
    assert labeled(found, "/d/b.jpg", b_jpg=LABELS) == expected
    with pytest.raises(RejectedFile) as caught:
        labeled(found, "/d/b.jpg", b_jpg={"race": 3})
    assert caught.value.reason == "file-without-row"


def test_a_correction_replaces_a_range() -> None:
    kept = {"gender": 1, "race": 2}
    found = source([row(2, "a.jpg", kept, ranges={"age": (20, 29)})], "a.jpg")
    assert labeled(found, "a.jpg") == FileLabels(kept, {"age": (20, 29)})
    assert labeled(found, "a.jpg", a_jpg={"age": 21}) == FileLabels(
        {**kept, "age": 21}, {}, (LABELS_CORRECTED,)
    )


def test_corrections_apply_to_names() -> None:
    assert labeled(None, f"/d/{NAME}") == FileLabels(LABELS)
    with pytest.raises(RejectedFile) as caught:
        labeled(None, "/d/1.jpg")
    assert caught.value.reason == "name-grammar"
    expected = FileLabels(OTHERS, {}, ("name-grammar",))
    assert labeled(None, "/d/a.jpg", a_jpg=OTHERS) == expected


@pytest.mark.parametrize("found", [None, source([row(2, "down.jpg")], "down.jpg")])
def test_a_takedown_takes_precedence_over_labels_and_corrections(
    found: ManifestSource | None,
) -> None:
    with pytest.raises(RejectedFile) as caught:
        labeled(found, "/d/down.jpg", down_jpg=LABELS)
    assert (caught.value.reason, caught.value.detail) == ("takedown", "its removal was requested")
