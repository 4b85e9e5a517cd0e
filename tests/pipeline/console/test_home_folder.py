"""Without a home folder, a command prints no warnings and leaves no files behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.console.home_folder import home_folder, is_temporary_home
from pipeline.operations.schedule.programs import ScheduleError
from pipeline.operations.schedule.systemd import Systemd
from pipeline.tools.sample import write_samples

VARIABLE = "MPLCONFIGDIR"
KERAS = "KERAS_HOME"


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in (VARIABLE, KERAS, "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


def nobody(monkeypatch) -> None:
    """Simulates a user without a name or a home folder."""
    monkeypatch.delenv("HOME", raising=False)

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)


def test_a_writable_home_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "not" / "yet"))
    with home_folder():
        assert VARIABLE not in os.environ


def test_without_a_home_a_temporary_folder_is_used(monkeypatch):
    nobody(monkeypatch)
    assert not is_temporary_home()
    with home_folder():
        folder = Path(os.environ["HOME"])
        assert folder.is_dir() and is_temporary_home()
    assert "HOME" not in os.environ and not folder.exists()


def test_no_schedule_is_stored_in_a_temporary_home(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setenv("HOME", "/tmp/utkface-home-x")
    with pytest.raises(ScheduleError, match=r"there is none\. Set HOME"):
        Systemd()


def test_matplotlib_gets_a_folder_when_the_home_is_unusable(monkeypatch):
    monkeypatch.setenv("HOME", "/dev/null/home")
    with home_folder():
        assert Path(os.environ[VARIABLE]).is_dir()


def test_a_matplotlib_folder_that_is_set_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/dev/null/home")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with home_folder():
        assert os.environ[VARIABLE] == str(tmp_path)
    assert os.environ[VARIABLE] == str(tmp_path)


def test_a_command_that_plots_prints_no_warning_without_a_home(tmp_path):
    write_samples(tmp_path / "faces", count=60, seed=1)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "HOME": "/dev/null/home",
        "TMPDIR": str(tmp_path / "tmp"),
    }
    (tmp_path / "tmp").mkdir()
    command = [str(Path(sys.executable).parent / "utkface"), "inspect", str(tmp_path / "faces")]
    command += ["--html", str(tmp_path / "x.html"), "--set", "ingest.max_bad_fraction=1"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "x.html").is_file()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_keras_has_no_place_for_settings_that_the_user_does_not_have(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    with home_folder():
        assert os.environ[KERAS] == os.devnull
    assert KERAS not in os.environ
    (tmp_path / ".keras").mkdir()
    with home_folder():
        assert KERAS not in os.environ
    monkeypatch.setenv(KERAS, "mine")
    with home_folder():
        assert os.environ[KERAS] == "mine"
    assert os.environ[KERAS] == "mine"


@pytest.mark.slow
@pytest.mark.parametrize("exists", [False, True])
def test_a_command_that_loads_keras_writes_settings_only_to_its_existing_folder(
    exists, utkface, tmp_path
):
    home, root = tmp_path / "home", tmp_path / "root"
    for folder in (home, root, *([home / ".keras"] if exists else [])):
        folder.mkdir()
    # The libraries that read this file import Keras.
    (root / "metadata.db").touch()
    utkface("runs", "--root", root, HOME=str(home))
    assert (home / ".keras").exists() == (home / ".keras" / "keras.json").exists() == exists
