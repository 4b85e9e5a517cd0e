"""A run writes its temporary files and caches under its root, on the cores that it may use."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline.root.run_environment import run_environment
from pipeline.root.run_folder import open_run
from pipeline.settings.config import load_config

# Prints the number of threads after TensorFlow has computed something.
COUNT_THREADS = """
import sys
from pathlib import Path
from pipeline.root.run_environment import run_environment

folder = Path(sys.argv[1])
with run_environment(folder / "tmp", folder / "caches", int(sys.argv[2]) or None):
    import tensorflow as tf

    tf.linalg.matmul(tf.ones([512, 512]), tf.ones([512, 512]))
    list(tf.data.Dataset.range(64).map(lambda x: x + 1, tf.data.AUTOTUNE))
    print(len([*Path("/proc/self/task").iterdir()]))
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without caches."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for variable in ("MPLCONFIGDIR", "KERAS_HOME", "TMPDIR"):
        monkeypatch.delenv(variable, raising=False)
    return folder


def test_temporary_files_and_new_caches_lie_in_folders_of_the_run(
    tmp_path: Path, home: Path
) -> None:
    before = dict(os.environ), tempfile.gettempdir()
    with run_environment(tmp_path / "tmp", tmp_path / "caches", None):
        assert tempfile.mkdtemp().startswith(f"{tmp_path}/tmp/")
        changed = {
            name: value for name, value in os.environ.items() if before[0].get(name) != value
        }
        assert changed == {
            "TMPDIR": f"{tmp_path}/tmp",
            "MPLCONFIGDIR": f"{tmp_path}/caches/mplconfigdir",
            "KERAS_HOME": f"{tmp_path}/caches/keras_home",
        }
    assert (dict(os.environ), tempfile.gettempdir()) == before
    assert not (tmp_path / "tmp").exists()


def test_caches_that_the_user_has_are_used(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".keras").mkdir()
    monkeypatch.setenv("MPLCONFIGDIR", "mine")
    with run_environment(tmp_path / "tmp", tmp_path / "caches", None):
        assert os.environ["MPLCONFIGDIR"] == "mine"
        assert "KERAS_HOME" not in os.environ


def test_a_run_keeps_to_some_cores(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    with run_environment(tmp_path / "tmp", tmp_path / "caches", 1):
        used = os.sched_getaffinity(0)
        code = "import os; print(len(os.sched_getaffinity(0)))"
        child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert len(used) == int(child.stdout) == 1 and used <= before
    assert os.sched_getaffinity(0) == before
    with run_environment(tmp_path / "tmp", tmp_path / "caches", 10**6):
        assert os.sched_getaffinity(0) == before


@pytest.mark.slow
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is only one core")
def test_tensorflow_starts_fewer_threads(tmp_path: Path) -> None:
    threads = []
    for count in (1, 2):
        command = [sys.executable, "-c", COUNT_THREADS, str(tmp_path), str(count)]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        threads.append(int(ended.stdout))
    assert threads[0] < threads[1]


def test_no_file_of_a_run_is_writable_for_everybody(tmp_path: Path) -> None:
    config = load_config(data=str(tmp_path), root=str(tmp_path / "root"))
    before = os.umask(0)
    try:
        with open_run(config) as run:
            (run.folder / "reports").mkdir()
            written = [*(tmp_path / "root").rglob("*")]
            assert {path.name for path in written} >= {
                ".lock",
                ".lock.json",
                "config.yaml",
                "run.log",
            }
            assert not [path for path in written if path.stat().st_mode & 0o002]
    finally:
        assert os.umask(before) == 0
