"""Recorded entries are found, latest first; incomplete entries are skipped."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from components.errors import InputError
from components.history.registry import (
    ACCEPTED_STATISTICS,
    BLESSED_MODEL,
    MEASURED_MODEL,
    SPLIT_NAMES,
    History,
)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(f"{tmp_path}/history/")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "Format-Serving" / "variables").mkdir(parents=True)
    (folder / "Format-Serving" / "variables" / "data").write_bytes(b"weights")
    return folder


def test_an_empty_history_has_no_entries(history: History) -> None:
    assert history.latest(BLESSED_MODEL) is None
    assert history.newest_span() is None


def test_a_recorded_entry_is_found_with_all_its_files(history: History, model: Path) -> None:
    recorded = history.record(BLESSED_MODEL, str(model), span=3, properties={"why": "test"})
    found = history.latest(BLESSED_MODEL)
    assert found == recorded
    assert (found.span, found.properties) == (3, {"why": "test"})
    copied = Path(found.files) / "Format-Serving" / "variables" / "data"
    assert copied.read_bytes() == b"weights"


def test_an_entry_takes_no_room_and_outlives_its_source(history: History, model: Path) -> None:
    entry = history.record(
        BLESSED_MODEL,
        str(model),
        span=1,
        properties={},
        extra_files={"beside": f"{model}/Format-Serving/variables/data"},
    )
    recorded = Path(entry.files) / "Format-Serving" / "variables" / "data"
    assert recorded.samefile(model / "Format-Serving" / "variables" / "data")
    shutil.rmtree(model)
    found = history.latest(BLESSED_MODEL)
    found.check()
    assert recorded.read_bytes() == Path(entry.folder, "beside").read_bytes() == b"weights"


def test_a_change_of_the_source_is_detected(history: History, model: Path) -> None:
    history.record(BLESSED_MODEL, str(model), span=1, properties={})
    (model / "Format-Serving" / "variables" / "data").write_bytes(b"other weights")
    with pytest.raises(InputError, match=r"has the SHA-256 .*, and had .* when recorded"):
        history.latest(BLESSED_MODEL).check()


def test_a_full_disk_leaves_no_temporary_file(
    history: History, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(OSError, match="No space left"):
        history.record(BLESSED_MODEL, str(model), span=1, properties={})
    (entry,) = history.incomplete()
    assert [path.name for path in Path(entry).iterdir()] == ["files"]


def test_incomplete_entries_are_listed(history: History, model: Path, tmp_path: Path) -> None:
    history.record(BLESSED_MODEL, str(model), span=1, properties={})
    entry = history.record(MEASURED_MODEL, str(model), span=1, properties={})
    Path(entry.folder, "entry.json").unlink()
    assert list(history.incomplete()) == list(history.incomplete(newest=1)) == [entry.folder]
    history.record(MEASURED_MODEL, str(model), span=1, properties={})
    assert (list(history.incomplete()), list(history.incomplete(1))) == ([entry.folder], [])
    assert list(History(f"{tmp_path}/none").incomplete()) == []


def test_latest_is_the_last_recorded_and_newest_span_is_the_highest(
    history: History, model: Path
) -> None:
    names = [
        history.record(ACCEPTED_STATISTICS, str(model), span=span, properties={}).name
        for span in (2, 10, 7)
    ]
    assert names == sorted(names)
    assert history.latest(ACCEPTED_STATISTICS).span == 7
    assert history.newest_span() == 10


def test_entries_of_different_kinds_are_separate(history: History, model: Path) -> None:
    history.record(ACCEPTED_STATISTICS, str(model), span=1, properties={})
    assert history.latest(BLESSED_MODEL) is None


@pytest.mark.parametrize("left", [None, "", '{"format": 1, "sp'])
def test_incomplete_entries_of_an_interrupted_run_are_skipped(
    history: History, model: Path, tmp_path: Path, left: str | None
) -> None:
    whole = history.record(ACCEPTED_STATISTICS, str(model), span=1, properties={})
    half = tmp_path / "history" / ACCEPTED_STATISTICS / "99990101T000000.000000Z-span9-00000000"
    (half / "files").mkdir(parents=True)
    if left is not None:
        (half / "entry.json").write_text(left)
    assert history.latest(ACCEPTED_STATISTICS) == whole
    assert history.newest_span() == 1


def test_folders_that_are_not_entries_are_skipped(
    history: History, model: Path, tmp_path: Path
) -> None:
    whole = history.record(BLESSED_MODEL, str(model), span=1, properties={})
    (tmp_path / "history" / BLESSED_MODEL / "zzz").mkdir()
    (tmp_path / "history" / BLESSED_MODEL / "zzz" / "entry.json").write_text("{}")
    assert history.latest(BLESSED_MODEL) == whole


def test_an_entry_of_a_later_release_is_rejected_by_name(
    history: History, model: Path, tmp_path: Path
) -> None:
    entry = history.record(BLESSED_MODEL, str(model), span=1, properties={})
    path = Path(entry.files).parent / "entry.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(
        InputError, match=r"entry\.json: expected a history entry of format 1.*found 2\. .*delete"
    ):
        history.latest(BLESSED_MODEL)


def _say_splits(splits: str, entry: Path) -> None:
    """Changes the splits that an entry declares."""
    document = json.loads((entry / "entry.json").read_text())
    document["properties"][SPLIT_NAMES] = splits
    (entry / "entry.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: (entry / "entry.json").write_text("[]"),
        lambda entry: (entry / "entry.json").write_text('{"format": 1}'),
        lambda entry: (entry / "entry.json").write_text(
            '{"format": 1, "span": "3", "properties": {}}'
        ),
        *(partial(_say_splits, said) for said in ("train, eval", "{}", "[1]", "[]")),
        lambda entry: shutil.rmtree(entry / "files"),
        lambda entry: shutil.rmtree(entry / "files" / "Split-eval"),
        lambda entry: (entry / "files" / "Split-train" / "FeatureStats.pb").unlink(),
    ],
)
def test_a_damaged_entry_is_named(
    history: History, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    for split in ("train", "eval"):
        (tmp_path / "statistics" / f"Split-{split}").mkdir(parents=True)
        (tmp_path / "statistics" / f"Split-{split}" / "FeatureStats.pb").write_bytes(b"...")
    properties = {SPLIT_NAMES: '["train", "eval"]'}
    entry = history.record(
        ACCEPTED_STATISTICS, f"{tmp_path}/statistics", span=1, properties=properties
    )
    assert history.latest(ACCEPTED_STATISTICS) == entry
    damage(Path(entry.files).parent)
    wanted = rf"{entry.name}: expected a history entry .* found a damaged entry\. Delete this"
    with pytest.raises(InputError, match=wanted):
        history.latest(ACCEPTED_STATISTICS)


def test_recording_an_empty_or_missing_folder_raises_an_error(
    history: History, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for source in ("empty", "missing"):
        with pytest.raises(RuntimeError, match=f"{source}: expected files to record in"):
            history.record(BLESSED_MODEL, f"{tmp_path}/{source}", span=1, properties={})
    assert history.latest(BLESSED_MODEL) is None


def test_an_entry_can_be_read_without_tfx(history: History, model: Path, tmp_path: Path) -> None:
    history.record(BLESSED_MODEL, str(model), span=4, properties={"a": "b"})
    (path,) = (tmp_path / "history" / BLESSED_MODEL).glob("*/entry.json")
    assert json.loads(path.read_text()) == {
        "format": 1,
        "span": 4,
        "properties": {"a": "b"},
        "sha256": {"Format-Serving/variables/data": hashlib.sha256(b"weights").hexdigest()},
    }


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda path: path.write_bytes(b"weight"), "has the SHA-256 "),
        (lambda path: path.write_bytes(b"Weights"), "has the SHA-256 "),
        (lambda path: path.unlink(), "is missing"),
    ],
)
def test_a_changed_or_missing_file_is_named(
    history: History, model: Path, damage: Callable[[Path], object], found: str
) -> None:
    history.record(BLESSED_MODEL, str(model), span=4, properties={})
    entry = history.latest(BLESSED_MODEL)
    entry.check()
    path = Path(entry.files) / "Format-Serving" / "variables" / "data"
    damage(path)
    with pytest.raises(InputError) as caught:
        entry.check()
    assert f"found a damaged entry: {path} {found}" in str(caught.value)
    assert str(caught.value).startswith(f"{entry.folder}: expected a history entry")


def test_an_added_file_is_named(history: History, model: Path) -> None:
    entry = history.record(BLESSED_MODEL, str(model), span=4, properties={})
    (Path(entry.files) / "Format-Serving" / "more.so").touch()
    with pytest.raises(InputError, match=r"/Format-Serving/more\.so was not there when the files"):
        entry.check()


def test_an_entry_of_an_earlier_release_has_no_digests(
    history: History, model: Path, tmp_path: Path
) -> None:
    history.record(BLESSED_MODEL, str(model), span=4, properties={"a": "b"})
    (path,) = (tmp_path / "history" / BLESSED_MODEL).glob("*/entry.json")
    path.write_text('{"format": 1, "span": 4, "properties": {"a": "b"}}')
    entry = history.latest(BLESSED_MODEL)
    assert (dict(entry.digests), entry.properties) == ({}, {"a": "b"})
    entry.check()


def test_an_incomplete_copy_is_detected(history: History, model: Path, monkeypatch) -> None:
    def half(source: str, target: str) -> None:
        shutil.copytree(source, target)
        (Path(target) / "Format-Serving" / "variables" / "data").write_bytes(b"wei")

    monkeypatch.setattr("components.history.registry.link_folder", half)
    history.record(BLESSED_MODEL, str(model), span=4, properties={})
    with pytest.raises(InputError, match=r"had .* when recorded"):
        history.latest(BLESSED_MODEL).check()
