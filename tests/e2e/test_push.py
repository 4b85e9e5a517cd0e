"""A run that is killed while it pushes its model, the run after it, and a rollback."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.history.registry import BLESSED_MODEL, History
from components.history.served_entry import find_served_entry
from components.serving.folder import ServingFolder
from tests.e2e.conftest import FinishedRun
from tests.lanes import only_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow, only_in("legacy", "a killed push is tested")]

WAIT_SECONDS = 600


@pytest.fixture(scope="module")
def root(finished_run: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the root of a finished run, which served one model."""
    folder = tmp_path_factory.mktemp("pushes") / "root"
    shutil.copytree(finished_run.root, folder, symlinks=True)
    # Other tests may have pushed to the same root.
    ServingFolder(f"{folder}/serving").prune(keep=1)
    return folder


@pytest.fixture(scope="module")
def first(root: Path) -> str:
    """The version that the finished run pushed."""
    (version,) = ServingFolder(f"{root}/serving").versions()
    return version


def arguments(finished_run: FinishedRun, root: Path) -> list[str]:
    short = ("--set", "trainer.epochs=1", "--set", "trainer.steps_per_epoch=1")
    files = ("--data", finished_run.data, "--root", root, "--config", finished_run.config)
    return ["run", *map(str, files), *short]


@pytest.fixture(scope="module")
def killed(finished_run: FinishedRun, root: Path, first: str) -> str:
    """What another run printed until it was killed: its new version was not yet renamed."""
    log = root.parent / "killed.txt"
    command = [str(Path(sys.executable).parent / "utkface"), *arguments(finished_run, root)]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        deadline = time.monotonic() + WAIT_SECONDS
        while not [*(root / "serving").glob(".*.part")]:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return log.read_text()


@pytest.fixture(scope="module")
def second(finished_run: FinishedRun, root: Path, killed: str, utkface) -> str:
    """The version of the run after the killed run."""
    ended = utkface(*arguments(finished_run, root))
    assert ended.returncode == 0, ended.stderr + ended.stdout
    version = ServingFolder(f"{root}/serving").latest()
    assert f"model        {root}/serving/{version}" in ended.stdout or version in ended.stdout
    return version


def names(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "serving").iterdir())


def served(finished_run: FinishedRun, root: Path, utkface) -> str:
    """Returns the version that `utkface predict` uses, without a warning."""
    picture = min((finished_run.data / "part1").iterdir())
    ended = utkface("predict", picture, "--root", root)
    assert (ended.returncode, "expected" in ended.stderr) == (0, False), ended.stderr
    return ended.stdout.rpartition("/serving/")[2].strip()


def test_a_model_that_was_half_pushed_is_not_served(
    finished_run: FinishedRun, root: Path, first: str, killed: str, utkface
) -> None:
    part, *others = names(root)
    assert part.endswith(".part")
    assert others == [first, "latest"]
    assert served(finished_run, root, utkface) == first


def test_the_next_run_leaves_one_more_complete_version(root: Path, first: str, second: str) -> None:
    assert names(root) == [first, second, "latest"]
    serving = ServingFolder(f"{root}/serving")
    assert [serving.find_damage(version) for version in (first, second)] == ["", ""]
    (newest,) = {path.stat().st_nlink for path in (root / "serving" / second).glob("*.pb")}
    assert newest > 1, "the files are copies of those of the Trainer"


def test_a_rollback_serves_the_model_before_and_the_next_model_has_to_beat_it(
    finished_run: FinishedRun, root: Path, first: str, second: str, utkface
) -> None:
    newest, before, *_ = History(f"{root}/history").entries(BLESSED_MODEL)
    serving = ServingFolder(f"{root}/serving")
    assert find_served_entry(History(f"{root}/history"), serving) == newest
    ended = utkface("rollback", "--root", root)
    assert ended.returncode == 0, ended.stderr
    assert names(root) == [first, "latest", "withdrawn"]
    assert served(finished_run, root, utkface) == first
    assert find_served_entry(History(f"{root}/history"), serving) == before


def test_a_tampered_model_is_refused_by_name(
    finished_run: FinishedRun, root: Path, second: str, utkface
) -> None:
    assert utkface("rollback", second, "--root", root).returncode == 0
    graph = root / "serving" / second / "saved_model.pb"
    content = graph.read_bytes()
    graph.unlink()
    graph.write_bytes(content.replace(b"serving_bytes", b"serving_bytez"))
    picture = min((finished_run.data / "part1").iterdir())
    ended = utkface("predict", picture, "--root", root, "--json")
    assert ended.returncode == 0
    assert json.loads(ended.stdout)[0]["age"] is not None
    told = " ".join(ended.stderr.split())
    assert f"{graph.parent}: expected a complete model; {graph} has the SHA-256 " in told
