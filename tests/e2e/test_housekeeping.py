"""A warm run takes little disk and leaves nothing behind, and `utkface gc` removes older runs."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.history.registry import BLESSED_MODEL, History
from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "the disk that a run takes is measured"),
]

_MOST_BYTES = 40e6
_UTKFACE = str(Path(sys.executable).parent / "utkface")


@dataclass(frozen=True)
class WarmRun:
    """A second run of a root, with folders of its own for its home and temporary files."""

    root: Path
    home: Path
    temporary: Path
    added: int
    ended: Any


def _room(root: Path) -> int:
    """Returns the bytes on disk, each file with several links once."""
    found = {
        (facts.st_dev, facts.st_ino): facts.st_blocks * 512
        for facts in (path.lstat() for path in root.rglob("*"))
    }
    return sum(found.values())


@pytest.fixture(scope="module")
def warm(finished_run, tmp_path_factory: pytest.TempPathFactory) -> WarmRun:
    folder = tmp_path_factory.mktemp("warm")
    root, home, temporary = (folder / name for name in ("root", "home", "tmp"))
    shutil.copytree(finished_run.root, root, copy_function=os.link)
    # SQLite writes in place.
    (root / "metadata.db").unlink()
    shutil.copy(finished_run.root / "metadata.db", root)
    for path in (home, temporary):
        path.mkdir()
    before = _room(root)
    arguments = (
        *("run", "--data", finished_run.data, "--root", root, "--config", finished_run.config),
        *("--set", "trainer.epochs=1", "--set", "trainer.steps_per_epoch=1"),
        *("--set", "trainer.warm_start=latest", "--set", "threads=1"),
    )
    variables = {name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR"}
    ended = subprocess.run(
        [_UTKFACE, *map(str, arguments)],
        env={**variables, "HOME": str(home), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
        umask=0,
    )
    return WarmRun(root, home, temporary, _room(root) - before, ended)


def test_a_warm_run_takes_little_room(warm: WarmRun) -> None:
    assert warm.ended.returncode == 0, warm.ended.stderr
    assert "warm start from " in warm.ended.stdout
    assert 10e6 < warm.added < _MOST_BYTES


def test_nothing_is_left_outside_the_documented_layout(warm: WarmRun) -> None:
    assert not list(warm.home.iterdir()) and not list(warm.temporary.iterdir())
    assert {path.name for path in warm.root.iterdir()} == {
        *("artifacts", "checkpoints", "history", "metadata.db", "runs", "serving"),
        *(".cache", ".lock"),
    }
    for run in (warm.root / "runs").iterdir():
        assert {path.name for path in run.iterdir()} == {"config.yaml", "reports", "run.log"}
    assert not list((warm.root / "checkpoints").iterdir())
    assert not [*warm.root.rglob("*.part")]


def test_no_file_is_writable_for_everybody(warm: WarmRun) -> None:
    new = [path for path in warm.root.rglob("*") if "runs" in path.parts or path.name == ".lock"]
    assert len(new) > 5
    assert not [path for path in warm.root.rglob("*") if path.stat().st_mode & 0o002]


def test_the_collection_keeps_the_newest_run(warm: WarmRun, utkface, finished_run) -> None:
    first, second = (run.name for run in sorted((warm.root / "runs").iterdir()))
    expected = utkface("gc", "--root", warm.root, "--keep", "1", "--dry-run")
    removed = utkface("gc", "--root", warm.root, "--keep", "1")
    assert removed.returncode == 0, removed.stderr
    assert expected.stdout.replace("would remove", "removed") == removed.stdout
    assert first in removed.stdout and second not in removed.stdout
    assert len(list((warm.root / "artifacts" / "Transform" / "transform_graph").iterdir())) == 1
    # The model of the first run can still be served: its card keeps what it names.
    assert len(list((warm.root / "artifacts" / "Trainer" / "model").iterdir())) == 2
    for entry in History(f"{warm.root}/history").entries(BLESSED_MODEL):
        entry.check()
    face = min((finished_run.data / "part1").iterdir())
    for command in (("report", "--root"), ("predict", face, "--root"), ("runs", "--root")):
        ended = utkface(*command, warm.root)
        assert ended.returncode == 0, ended.stderr
    again = utkface("gc", "--root", warm.root, "--keep", "1")
    assert again.stdout == "removed 0 folders, 0.0 MB\n"
