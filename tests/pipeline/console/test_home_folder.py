"""Without a home of its own a command is quiet, and leaves nothing behind."""

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


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in (VARIABLE, "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


def nobody(monkeypatch) -> None:
    """Makes this process that of a user without a name, and without a home."""
    monkeypatch.delenv("HOME", raising=False)

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)


def test_a_home_that_can_be_written_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "not" / "yet"))
    with home_folder():
        assert VARIABLE not in os.environ


def test_without_a_home_there_is_a_folder_that_goes(monkeypatch):
    nobody(monkeypatch)
    assert not is_temporary_home()
    with home_folder():
        folder = Path(os.environ["HOME"])
        assert folder.is_dir() and is_temporary_home()
    assert "HOME" not in os.environ and not folder.exists()


def test_no_schedule_is_kept_in_a_folder_that_goes(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setenv("HOME", "/tmp/utkface-home-x")
    with pytest.raises(ScheduleError, match=r"there is none\. Set HOME"):
        Systemd()


def test_a_home_that_cannot_be_made_is_none(monkeypatch):
    monkeypatch.setenv("HOME", "/dev/null/home")
    with home_folder():
        assert Path(os.environ[VARIABLE]).is_dir()


def test_a_folder_that_is_set_stays(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/dev/null/home")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with home_folder():
        assert os.environ[VARIABLE] == str(tmp_path)
    assert os.environ[VARIABLE] == str(tmp_path)


def test_a_command_that_draws_is_quiet_without_a_home(tmp_path):
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
