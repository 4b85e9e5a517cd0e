"""`utkface rollback`: which version is served, and what a killed rollback leaves."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from components.history.registry import BLESSED_MODEL, History
from components.history.served_entry import find_served_entry
from components.pusher.push import push
from components.serving import folder as folders
from components.serving.folder import ServingFolder
from components.serving.manifest import MANIFEST_FILE
from pipeline.cli import main
from pipeline.operations.rollback import roll_back
from pipeline.root import served_versions
from pipeline.root.lock import lock_root
from pipeline.root.storage import RootStorage
from tests.killing import run_and_kill


def publish(root: Path, number: int, *, recorded: bool = True) -> str:
    """Pushes a model, and records it as ModelRecorder does; returns its version."""
    model = root / "artifacts" / str(number) / "Format-Serving"
    model.mkdir(parents=True)
    for name in ("saved_model.pb", "fingerprint.pb"):
        (model / name).write_text(f"{name} {number}")
    serving = ServingFolder(f"{root}/serving")
    version = push(str(model), serving, check=lambda folder: None, keep=10).version
    if recorded:
        record(root, number)
    return version


def record(root: Path, number: int) -> None:
    folder = str(root / "artifacts" / str(number))
    History(f"{root}/history").record(BLESSED_MODEL, folder, span=number, properties={})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def versions(root: Path) -> list[str]:
    """Three versions, oldest first, of the spans 1, 2 and 3."""
    return [publish(root, number) for number in (1, 2, 3)]


def rollback(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["rollback", *arguments, "--root", str(root)])


def blessed_span(root: Path) -> int:
    """Returns the span of the model that the next run has to beat."""
    return find_served_entry(History(f"{root}/history"), ServingFolder(f"{root}/serving")).span


def state(root: Path) -> tuple[str | None, list[str], list[str], int]:
    serving = ServingFolder(f"{root}/serving")
    assert not [path for path in (root / "serving").iterdir() if path.name.startswith(".")]
    return serving.latest(), serving.versions(), serving.withdrawn(), blessed_span(root)


def test_the_version_before_the_newest_is_served_and_the_newest_withdrawn(
    root: Path, versions: list[str]
) -> None:
    one, two, three = versions
    assert state(root) == (three, [three, two, one], [], 3)
    result = rollback(root)
    assert result.exit_code == 0, result.output
    assert result.output == (
        f"withdrawn  {root}/serving/withdrawn/{three}\nserved     {root}/serving/{two}\n"
    )
    assert state(root) == (two, [two, one], [three], 2)
    assert RootStorage.of(root).latest_model() == f"{root}/serving/{two}"
    with served_versions.served_version(root) as version:
        assert (version.folder, version.warnings) == (f"{root}/serving/{two}", ())
    assert rollback(root).exit_code == 0
    assert state(root) == (one, [one], [three, two], 1)
    # A withdrawn version is served again by its name.
    assert rollback(root, three).exit_code == 0
    assert state(root) == (three, [three, one], [two], 3)
    # A new model gets a higher number than a withdrawn one.
    four = publish(root, 4)
    assert int(four) > int(three)
    assert state(root) == (four, [four, three, one], [two], 4)


def test_nothing_changes_without_an_older_or_a_known_version(
    root: Path, versions: list[str]
) -> None:
    one, two, three = versions
    before = state(root)
    result = rollback(root, "12")
    assert result.exit_code == 2
    assert f"found no version '12'. Versions: {three}, {two}, {one}." in result.output
    assert rollback(root, three).exit_code == 0
    assert state(root) == before
    rollback(root, one)
    result = rollback(root)
    assert result.exit_code == 2
    assert f"expected a complete version before {one}; found none. " in result.output
    assert f"Versions: {one}; withdrawn: {three}, {two}." in result.output


def test_a_damaged_version_is_refused_by_name_or_skipped(root: Path, versions: list[str]) -> None:
    one, two, _ = versions
    damaged = root / "serving" / two / "saved_model.pb"
    damaged.unlink()
    damaged.write_text("other code")
    before = state(root)
    result = rollback(root, two)
    assert result.exit_code == 2
    assert f"{root}/serving/{two}: expected the files that were pushed; {damaged} has the " in (
        result.output
    )
    assert state(root) == before
    result = rollback(root)
    assert result.exit_code == 0
    assert f"{two}: skipped, because {damaged} has the SHA-256 " in result.output
    assert state(root)[0] == one


def test_versions_of_an_earlier_release_get_a_manifest(
    root: Path, versions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = versions
    monkeypatch.setattr(served_versions, "find_damage", lambda folder: "")
    for version in versions:
        (root / "serving" / version / MANIFEST_FILE).unlink()
    (root / "serving" / "latest").unlink()
    assert rollback(root).exit_code == 0
    assert state(root) == (two, [two, one], [three], 2)
    serving = ServingFolder(f"{root}/serving")
    assert [serving.find_damage(version) for version in (one, two)] == ["", ""]


def test_a_model_pushed_by_a_killed_run_is_not_the_one_to_beat(
    root: Path, versions: list[str]
) -> None:
    publish(root, 4, recorded=False)
    assert blessed_span(root) == 3


def test_a_deleted_entry_falls_back_to_the_newest_that_was_not_withdrawn(
    root: Path, versions: list[str]
) -> None:
    rollback(root)
    (entry,) = (root / "history" / BLESSED_MODEL).glob("*span2*")
    shutil.rmtree(entry)
    assert blessed_span(root) == 1


def test_a_root_in_use_is_left_alone(root: Path, versions: list[str]) -> None:
    before = state(root)
    with lock_root(root):
        result = rollback(root)
    assert result.exit_code == 5
    assert "Run not started: " in result.output
    assert state(root) == before


def test_a_root_without_models_says_what_to_do(root: Path) -> None:
    result = rollback(root)
    assert result.exit_code == 2
    assert "expected a pushed model; there is none. Run `utkface run --data" in result.output


@pytest.mark.parametrize(
    ("function", "calls", "moved"),
    [("write_file", 0, False), ("rename", 0, True), ("rename", 1, True)],
)
def test_a_killed_rollback_has_happened_or_not_and_is_finished_by_another(
    root: Path, versions: list[str], function: str, calls: int, moved: bool
) -> None:
    one, two, three = versions
    run_and_kill(lambda: roll_back(root, one), folders, function, after=calls)
    assert ServingFolder(f"{root}/serving").latest() == (one if moved else three)
    assert blessed_span(root) == (1 if moved else 3)
    assert rollback(root, one).exit_code == 0
    assert state(root) == (one, [one], [three, two], 1)


def test_a_rollback_killed_before_it_withdrew_the_newest_is_finished_without_a_version(
    root: Path, versions: list[str]
) -> None:
    one, two, three = versions
    ServingFolder(f"{root}/serving").point_to(two)
    assert rollback(root).exit_code == 0
    assert state(root) == (two, [two, one], [three], 2)
