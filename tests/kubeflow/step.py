"""Steps of the stand-in: separate processes with TensorFlow and TFX already loaded.

A container would load them itself, which takes longer than most steps do.
"""

import multiprocessing
import os
import re
import runpy
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# Seconds between two polls of a process.
_POLL = 0.2
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "tfx.components",
        "tensorflow_data_validation",
        "tensorflow_model_analysis",
        "tensorflow_transform",
        "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor",
        "keras",
    ]
)


def run_step(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    limit: float | None = None,
) -> tuple[int, str, int]:
    """Runs `python -m MODULE ...` or `python -c CODE ...` in a folder, with a time limit.

    Args:
      command: the command to run.
      folder: the working directory.
      environment: the full environment of the process.
      limit: the seconds after which the process is killed; None for no limit.

    Returns:
      The exit code, the output, and the peak memory in bytes.
    """
    assert command[0] == "python" and command[1] in ("-m", "-c")
    log = folder / "log.txt"
    given = {
        "ARGUMENTS": [*command[1:]],
        "ENVIRONMENT": dict(environment),
        "FOLDER": str(folder),
        "LOG": str(log),
    }
    # Runs this file by path: the new process need not import `tests` as a package.
    process = _CONTEXT.Process(target=runpy.run_path, args=(__file__, given, "step"))
    process.start()
    end = time.monotonic() + (limit or float("inf"))
    most = 0
    while process.is_alive() and time.monotonic() < end:
        process.join(min(_POLL, max(0.0, end - time.monotonic())))
        most = max(most, _peak(process.pid))
    late = process.is_alive()
    if late:
        process.kill()
        process.join()
    written = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    if late:
        return 137, f"{written}\nDeadlineExceeded", most
    return process.exitcode, written, most


def _peak(pid: int) -> int:
    """Returns the peak memory of a process so far in bytes; 0 once it has ended."""
    try:
        status = Path("/proc", str(pid), "status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _become(arguments: list[str], environment: dict[str, str], folder: str, log: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    kind, what, *rest = arguments
    if kind == "-c":
        sys.argv = ["-c", *rest]
        exec(what, {"__name__": "__main__"})
    else:
        sys.argv = [what, *rest]
        runpy.run_module(what, run_name="__main__", alter_sys=True)


if __name__ == "step":
    _become(ARGUMENTS, ENVIRONMENT, FOLDER, LOG)  # noqa: F821
