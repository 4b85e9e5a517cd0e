"""Two runs never share a root, and the second names the owner of the first."""

import errno
import getpass
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.errors import BusyError
from pipeline.root import lock, lock_holder
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
# Like HOLD, where the file system has no locks, and the holder's file is renewed more often.
HOLD_WITHOUT_LOCKS = f"""
import errno, fcntl
from pipeline.root import lock, lock_holder

def no_locks(*_):
    raise OSError(errno.ENOLCK, "No locks available")

fcntl.flock = no_locks
lock_holder.RENEWAL_SECONDS, lock_holder.DEAD_SECONDS = 0.2, 2.0
lock._SETTLING_SECONDS = 0.2
{HOLD}
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


def _leave_holder(root: Path, *, age: float, **changes: str) -> Path:
    """Leaves the file of a holder that was renewed some seconds ago."""
    holder = {"user": "eva", "host": "node-7", "pid": 4, "since": "2026-11-30T03:00:00+00:00"}
    path = root / ".lock.json"
    path.write_text(json.dumps({**holder, "machine": "another", "token": "t", **changes}))
    renewed = time.time() - age
    os.utime(path, (renewed, renewed))
    return path


def test_a_live_holder_on_another_machine_is_respected(tmp_path: Path) -> None:
    _leave_holder(tmp_path, age=lock_holder.DEAD_SECONDS - 30)
    expected = r"the run of eva \(process 4 on node-7, .* If it is dead, its lock ends 120 s later"
    with pytest.raises(BusyError, match=expected), lock_root(tmp_path):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {".lock", ".lock.json"}


def test_the_lock_of_a_dead_holder_on_another_machine_is_broken(tmp_path: Path) -> None:
    path = _leave_holder(tmp_path, age=lock_holder.DEAD_SECONDS + 1)
    with lock_root(tmp_path):
        assert json.loads(path.read_text())["pid"] == os.getpid()
    assert {path.name for path in tmp_path.iterdir()} == {".lock"}


def test_a_killed_holder_on_this_machine_is_dead_at_once(tmp_path: Path) -> None:
    _leave_holder(tmp_path, age=0, machine=lock_holder._machine())
    with lock_root(tmp_path):
        pass


def test_the_holder_renews_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_holder, "RENEWAL_SECONDS", 0.05)
    path = tmp_path / ".lock.json"
    with lock_root(tmp_path):
        os.utime(path, (0, 0))
        _wait_until(lambda: path.stat().st_mtime > 0)


def test_a_holder_that_lost_its_lock_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []
    monkeypatch.setattr(lock_holder, "RENEWAL_SECONDS", 0.05)
    monkeypatch.setattr(os, "kill", lambda *arguments: ended.append(arguments))
    with lock_root(tmp_path):
        other = _leave_holder(tmp_path, age=0)
        _wait_until(lambda: bool(ended))
    assert ended == [(os.getpid(), signal.SIGTERM)]
    assert json.loads(other.read_text())["host"] == "node-7"


def test_processes_exclude_each_other_on_a_file_system_without_locks(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD_WITHOUT_LOCKS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout and first.stdout.readline() == "held\n"
        # The file is renewed: the holder is alive after more than the time to be taken for dead.
        time.sleep(2.5)
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        assert f"process {first.pid} on " in refused.stderr
        first.kill()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as early:
        assert early.wait() == 1
    time.sleep(2)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as later:
        assert later.stdout and later.stdout.readline() == "held\n"
        later.kill()


def _without_locks(*_: object) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


def test_of_two_machines_that_take_over_a_dead_lock_the_first_one_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock.fcntl, "flock", _without_locks)
    monkeypatch.setattr(lock.time, "sleep", lambda _: _leave_holder(tmp_path, age=0))
    with pytest.raises(BusyError, match="the run of eva"), lock_root(tmp_path):
        pytest.fail("two machines have the lock")
    assert json.loads((tmp_path / ".lock.json").read_text())["user"] == "eva"


def test_nobody_waits_where_the_file_system_has_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(lock.time, "sleep", waits.append)
    with lock_root(tmp_path):
        pass
    assert waits == []


def test_a_process_that_outlives_the_run_does_not_keep_its_lock(tmp_path: Path) -> None:
    with lock_root(tmp_path):
        child = os.fork()
        if child == 0:
            signal.pause()
    try:
        with lock_root(tmp_path):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_others_may_read_the_lock_but_not_write_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with lock_root(tmp_path):
            assert stat.S_IMODE((tmp_path / ".lock").stat().st_mode) == 0o644
    finally:
        os.umask(before)


def test_other_errors_of_a_lock_are_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    with pytest.raises(PermissionError), lock_root(tmp_path):
        pass


def _wait_until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
