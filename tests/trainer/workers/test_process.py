"""The process of a training: what it sends, how it ends, and that it ends with its parent."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainer.workers.process import _shorten

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).parent / "train_stub.py"


def start(body: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), body, json.dumps(options)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def lines(body: str, **options: object) -> list[str]:
    return start(body, **options).communicate(timeout=120)[0].splitlines()


def test_records_epochs_and_output_are_passed_on() -> None:
    found = lines("os.system('echo text')", prepare="__mp_main__:prepare")
    assert {"prepared", "training on CPU", "epoch ended", "text"} <= {*found}
    assert found[-1] == "finished"


def test_output_and_log_go_to_a_file(tmp_path: Path) -> None:
    found = lines("os.system('echo text')", output=str(tmp_path / "log"))
    assert "text" not in found and "training on CPU" in found
    written = (tmp_path / "log").read_text()
    assert "text\n" in written and "training on CPU" in written


@pytest.mark.parametrize(
    ("body", "options", "last"),
    [
        ("error = KeyError('x')", {}, "KeyError: 'x'"),
        (
            "os.kill(os.getpid(), 9)",
            {},
            "WorkerLostError: the training process was ended by SIGKILL",
        ),
        ("os._exit(3)", {}, "WorkerLostError: the training process ended with exit code 3"),
        (
            "time.sleep(600)",
            {"superseded": True},
            "WorkerLostError: the chief has started again",
        ),
        ("time.sleep(600)", {"join_seconds": 0}, "TimeoutError: "),
    ],
)
def test_how_a_training_ends(body: str, options: dict, last: str) -> None:
    assert lines(body, **options)[-1] == last


def test_the_process_ends_with_a_killed_parent(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    parent = start(f"open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    deadline = time.monotonic() + 120
    while not (pid.exists() and pid.read_text()):
        assert parent.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    while Path(f"/proc/{pid.read_text()}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_cause_of_a_loss_is_the_line_that_names_it() -> None:
    message = (
        "Graph execution error:\n\nDetected at node X\n"
        "Collective ops is aborted by: Error reported from /job:worker/task:1: heartbeat timeout. "
        "This indicates that the remote task has failed.\nThe error could be old."
    )
    assert _shorten(message) == "Error reported from /job:worker/task:1: heartbeat timeout"
    assert _shorten("Some\nother error") == "other error"
