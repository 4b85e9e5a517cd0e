"""Two runs never share a root, and the second names the owner of the first."""

import getpass
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.errors import BusyError
from pipeline.root.lock import lock_root
from pipeline.root.run_folder import open_run
from pipeline.settings.config import load_config

HOLD = """
import sys, time
from pathlib import Path
from pipeline.root.lock import lock_root
with lock_root(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_run_names_the_owner_host_and_start_of_the_first(tmp_path: Path) -> None:
    with lock_root(tmp_path), pytest.raises(BusyError) as error, lock_root(tmp_path):
        pass
    told = re.fullmatch(
        rf"{tmp_path}: expected no other run in this root; the run of (\S+) \(process (\d+) on "
        r"(\S+), since "
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\) is in progress\. Wait for it, or "
        r"choose another --root\.",
        str(error.value),
    )
    assert told and told.groups() == (getpass.getuser(), str(os.getpid()), socket.gethostname())


def test_a_run_is_refused_while_another_is_in_progress(tmp_path: Path) -> None:
    config = load_config(data=str(tmp_path), root=str(tmp_path / "root"))
    with open_run(config):
        started = time.monotonic()
        with pytest.raises(BusyError):
            open_run(config).__enter__()
        # It does not wait.
        assert time.monotonic() - started < 0.9
    assert len(list((tmp_path / "root" / "runs").iterdir())) == 1
    with open_run(config):
        pass


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), lock_root(tmp_path):
        raise ZeroDivisionError
    with lock_root(tmp_path):
        pass
    assert not (tmp_path / ".lock.json").exists()


def test_a_killed_run_does_not_block_the_root(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout and holder.stdout.readline() == "held\n"
    with pytest.raises(BusyError, match=f"process {holder.pid} on "), lock_root(tmp_path):
        pass
    holder.kill()
    holder.wait()
    with lock_root(tmp_path):
        pass


@pytest.mark.parametrize("content", [None, "", "{}", "[1]", '{"user": 3}'])
def test_an_unreadable_lock_file_is_reported_as_another_run(
    tmp_path: Path, content: str | None
) -> None:
    with lock_root(tmp_path):
        holder = tmp_path / ".lock.json"
        holder.unlink()
        if content is not None:
            holder.write_text(content)
        with pytest.raises(BusyError, match="; another run is in progress"), lock_root(tmp_path):
            pass


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / ".lock.part").symlink_to(victim)
    with lock_root(tmp_path):
        assert (tmp_path / ".lock.json").is_file()
    assert victim.read_text() == "mine"
