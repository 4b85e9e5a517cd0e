"""Where a root keeps its models and artifacts: in it, or on a store that it names."""

from pathlib import Path

import pytest

from components.errors import InputError
from pipeline.root.storage import RootStorage, record_storage

STORE = "s3://bucket/faces"


def push(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").touch()


def test_all_folders_are_in_the_root_without_a_store(tmp_path: Path) -> None:
    storage = RootStorage.of(tmp_path)
    found = (storage.artifacts, storage.history, storage.checkpoints, storage.serving)
    names = ("artifacts", "history", "checkpoints", "serving")
    assert found == tuple(f"{tmp_path}/{name}" for name in names)


def test_commands_find_the_store_that_a_run_recorded(tmp_path: Path) -> None:
    record_storage(tmp_path, STORE)
    record_storage(tmp_path, STORE)
    assert RootStorage.of(tmp_path).serving == f"{STORE}/serving"
    # Artifacts of a root whose folders were moved to the store.
    moved = RootStorage.of(tmp_path).relocate("/old/artifacts/Trainer/model/7")
    assert moved == f"{STORE}/artifacts/Trainer/model/7"


@pytest.mark.parametrize("other", [None, "s3://bucket/other"])
def test_a_root_keeps_its_store(tmp_path: Path, other: str | None) -> None:
    record_storage(tmp_path, STORE)
    with pytest.raises(InputError) as caught:
        record_storage(tmp_path, other)
    assert f"put them, in {STORE}; found {other or tmp_path} in the" in str(caught.value)
    assert f"Either set artifacts to {STORE}, or choose another root." in str(caught.value)


def test_a_root_with_local_artifacts_gets_no_store(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    record_storage(tmp_path, None)
    with pytest.raises(InputError, match="Either leave the setting artifacts out, or choose"):
        record_storage(tmp_path, STORE)
    assert RootStorage.of(tmp_path).base == str(tmp_path)


def test_the_latest_model_has_the_largest_version_number(tmp_path: Path) -> None:
    storage = RootStorage.of(tmp_path)
    for version in ("9", "1700000000", "999999999", "0010"):
        push(tmp_path / "serving" / version)
    # A version that is not copied completely is not served.
    (tmp_path / "serving/1800000000/variables").mkdir(parents=True)
    assert storage.latest_model() == f"{tmp_path}/serving/1700000000"


def test_folders_without_a_version_number_are_ignored(tmp_path: Path) -> None:
    storage = RootStorage.of(tmp_path)
    for name in ("7", "8.tmp", "latest", ".9", "-10", "tmp-11"):
        push(tmp_path / "serving" / name)
    assert storage.latest_model() == f"{tmp_path}/serving/7"
    assert storage.served_models() == [f"{tmp_path}/serving/7"]


@pytest.mark.parametrize("made", ["", "serving", "serving/latest", "serving/7/variables"])
def test_a_missing_model_is_reported_with_the_command_to_run(tmp_path: Path, made: str) -> None:
    (tmp_path / made).mkdir(parents=True, exist_ok=True)
    with pytest.raises(FileNotFoundError) as caught:
        RootStorage.of(tmp_path).latest_model()
    assert str(caught.value) == (
        f"{tmp_path}/serving: expected a pushed model; there is none. "
        f"Run `utkface run --data PATH --root {tmp_path}` first."
    )


@pytest.mark.parametrize(
    ("noted", "found"),
    [
        ("/old/root/artifacts/FairnessReport/figures/15", "FairnessReport/figures/15"),
        # A root can be inside another folder named artifacts.
        ("/artifacts/root/artifacts/Transform/transform_graph/3", "Transform/transform_graph/3"),
        ("file:///old/artifacts/A/b/1", "A/b/1"),
    ],
)
def test_artifacts_are_found_in_a_moved_root(noted: str, found: str) -> None:
    assert RootStorage.of(Path("/new")).relocate(noted) == f"/new/artifacts/{found}"


def test_paths_outside_a_root_are_unchanged() -> None:
    for uri in ("/data/faces", "s3://bucket/models/7", "/old/artifacts"):
        assert RootStorage.of(Path("/new")).relocate(uri) == uri
