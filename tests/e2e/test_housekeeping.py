"""A warm run takes little disk and leaves nothing behind, and `utkface gc` removes older runs."""

import pytest

from components.history.registry import BLESSED_MODEL, History
from tests.e2e.conftest import WarmRun
from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "the disk that a run takes is measured"),
]

_MOST_BYTES = 40e6


def test_a_warm_run_takes_little_room(warm_run: WarmRun) -> None:
    assert warm_run.ended.returncode == 0, warm_run.ended.stderr
    assert "warm start from " in warm_run.ended.stdout
    assert 10e6 < warm_run.added < _MOST_BYTES


def test_nothing_is_left_outside_the_documented_layout(warm_run: WarmRun) -> None:
    assert not list(warm_run.home.iterdir()) and not list(warm_run.temporary.iterdir())
    assert {path.name for path in warm_run.root.iterdir()} == {
        *("artifacts", "checkpoints", "history", "metadata.db", "runs", "serving"),
        *(".cache", ".lock"),
    }
    for run in (warm_run.root / "runs").iterdir():
        assert {path.name for path in run.iterdir()} == {"config.yaml", "reports", "run.log"}
    assert not list((warm_run.root / "checkpoints").iterdir())
    assert not [*warm_run.root.rglob("*.part")]


def test_no_file_is_writable_for_everybody(warm_run: WarmRun) -> None:
    new = [
        path for path in warm_run.root.rglob("*") if "runs" in path.parts or path.name == ".lock"
    ]
    assert len(new) > 5
    assert not [path for path in warm_run.root.rglob("*") if path.stat().st_mode & 0o002]


def test_the_collection_keeps_the_newest_run(warm_run: WarmRun, utkface, finished_run) -> None:
    first, second = (run.name for run in sorted((warm_run.root / "runs").iterdir()))
    expected = utkface("gc", "--root", warm_run.root, "--keep", "1", "--dry-run")
    removed = utkface("gc", "--root", warm_run.root, "--keep", "1")
    assert removed.returncode == 0, removed.stderr
    assert expected.stdout.replace("would remove", "removed") == removed.stdout
    assert first in removed.stdout and second not in removed.stdout
    assert len(list((warm_run.root / "artifacts" / "Transform" / "transform_graph").iterdir())) == 1
    # The model of the first run can still be served: its card keeps what it names.
    assert len(list((warm_run.root / "artifacts" / "Trainer" / "model").iterdir())) == 2
    for entry in History(f"{warm_run.root}/history").entries(BLESSED_MODEL):
        entry.check()
    face = min((finished_run.data / "part1").iterdir())
    for command in (("report", "--root"), ("predict", face, "--root"), ("runs", "--root")):
        ended = utkface(*command, warm_run.root)
        assert ended.returncode == 0, ended.stderr
    again = utkface("gc", "--root", warm_run.root, "--keep", "1")
    assert again.stdout == "removed 0 folders, 0.0 MB\n"
