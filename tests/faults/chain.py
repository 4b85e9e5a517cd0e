"""Runs of one root, each of which ends by a fault at one component, and the run that completes."""

import contextlib
import dataclasses
import hashlib
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.history.registry import History
from pipeline.layout import MODEL_FILE
from pipeline.root.metadata_store import open_store

SETTINGS = """\
trainer: {architecture: shared, epochs: 2, steps_per_epoch: 2, batch_size: 16, deterministic: true}
gate: {train_cells: {warn: 0, stop: 0}, eval_cells: {warn: 0, stop: 0}}
thresholds: {max_age_mae: 1000, min_gender_accuracy: 0, min_race_accuracy: 0}
fairness: {min_examples: 1000000}
"""
IMAGES = 200
OUT_OF_MEMORY, FULL_DISK = "out of memory", "full disk"
# Faults with their exit codes.
FAULTS = {
    "SIGKILL": -signal.SIGKILL,
    "SIGKILL before the record": -signal.SIGKILL,
    "SIGTERM": 143,
    "Ctrl-C": 130,
    OUT_OF_MEMORY: -signal.SIGKILL,
    FULL_DISK: 1,
}
# What the last line says; a killed process says nothing.
_ADVICE = {
    "SIGTERM": "Run the same command again to continue",
    "Ctrl-C": "Run the same command again to continue",
    FULL_DISK: "Free space there, or choose another --root, and run the same command again.",
}
_STOP_SECONDS = 10
_INJECT = Path(__file__).parent / "inject"
_TIMEOUT = 600
_DISK = "768m"
_LITTLE_MEMORY = 64 * 2**20
# A stop is canceled where it is recorded in time; a Beam step makes a failure of it.
_STATES = {mlmd.Execution.FAILED: "FAILED", mlmd.Execution.CANCELED: "CANCELED"}


@dataclass(frozen=True)
class Run:
    """A finished `utkface run`.

    Attributes:
      code: exit code; minus the signal's number if a signal ended the process.
      output: both output streams.
      seconds: CPU time of the process; other processes of the machine do not change it.
      after_fault: the part of it after the fault; 0 without a fault.
    """

    code: int
    output: str
    seconds: float
    after_fault: float = 0.0

    @property
    def reused(self) -> list[str]:
        """The components whose results came from an earlier run."""
        return re.findall(r"^cached (\w+)", self.output, re.MULTILINE)

    @property
    def ran(self) -> list[str]:
        return re.findall(r"^done (\w+)", self.output, re.MULTILINE)


def run(folder: Path, root: Path, **fault: str) -> Run:
    """Runs `utkface run` on `folder/faces`.

    Args:
      folder: has the faces and the settings.
      root: the root of the run.
      fault: the variables of inject/sitecustomize.py.
    """
    environment = {**os.environ, "COLUMNS": "200", **fault}
    if fault:
        path = (str(_INJECT), os.environ.get("PYTHONPATH", ""))
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    command = [str(Path(sys.executable).parent / "utkface"), "run"]
    command += ["--data", str(folder / "faces"), "--root", str(root)]
    command += ["--config", str(folder / "settings.yaml")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        timeout=_TIMEOUT,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(ended.returncode, ended.stdout, seconds)


def run_with_fault(folder: Path, root: Path, fault: str, component: str) -> Run:
    """Runs `utkface run` with a fault at a component, and takes the cause of the fault away."""
    fault_time = folder / "fault-time"
    fault_time.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        on = root.parent
        if fault == OUT_OF_MEMORY:
            on = stack.enter_context(little_memory())
        ended = run(
            folder,
            root,
            UTKFACE_FAULT=fault,
            UTKFACE_FAULT_AT=component,
            UTKFACE_FAULT_ON=str(on),
            UTKFACE_FAULT_TIME=str(fault_time),
        )
    if fault == FULL_DISK:
        (root.parent / "filler").unlink(missing_ok=True)
    assert fault_time.exists(), f"{component} was not reached: {ended.output}"
    return dataclasses.replace(ended, after_fault=ended.seconds - float(fault_time.read_text()))


def assert_ended_well(ended: Run, fault: str) -> None:
    """Asserts that the command ended as it should: in time, with its code and its advice."""
    assert ended.code == FAULTS[fault], ended.output
    if advice := _ADVICE.get(fault):
        assert advice in ended.output.splitlines()[-1], ended.output
        assert ended.after_fault < _STOP_SECONDS


def states(root: Path) -> list[tuple[str, str]]:
    """Returns the type and the state of each execution that did not succeed, oldest first."""
    store = open_store(root).store
    types = {one.id: one.name for one in store.get_execution_types()}
    found = sorted(store.get_executions(), key=lambda one: one.id)
    return [
        (types[one.type_id].rpartition(".")[2], _STATES.get(one.last_known_state, "unfinished"))
        for one in found
        if one.last_known_state not in (mlmd.Execution.COMPLETE, mlmd.Execution.CACHED)
    ]


def leftovers(root: Path) -> list[str]:
    """Returns temporary files, folders of no execution, and incomplete entries of the history."""
    temporary = [*root.glob("runs/*/tmp"), *root.rglob("*.part"), *root.rglob(".part-*")]
    known = {
        str(Path(artifact.uri).relative_to(root / "artifacts"))
        for artifact in open_store(root).store.get_artifacts()
        if "/artifacts/" in artifact.uri
    }
    folders = {
        str(path.relative_to(root / "artifacts"))
        for path in (root / "artifacts").glob("*/*/*")
        if path.parent.name != ".system"
    }
    incomplete = (Path(entry) for entry in History(f"{root}/history").incomplete())
    found = [str(path.relative_to(root)) for path in (*temporary, *incomplete)]
    return found + sorted(folders - known)


def find_problems(root: Path, faults: int, whole: list[str]) -> list[str]:
    """Returns what is wrong with a root whose last run completed.

    Args:
      root: the root.
      faults: the number of executions that a fault ended.
      whole: the digests of the models of a run that was never interrupted.
    """
    problems = [f"{name} is {state}" for name, state in states(root) if state == "unfinished"]
    if len(states(root)) != faults:
        problems.append(f"{len(states(root))} executions failed; expected {faults}")
    if model_digests(root) != whole:
        problems.append(f"models {model_digests(root)}; expected {whole}")
    return problems + [f"{path} is left" for path in leftovers(root)]


def model_digests(root: Path) -> list[str]:
    """Returns a digest of the variables of each pushed model that is complete."""
    models = sorted(path.parent for path in root.glob(f"serving/*/{MODEL_FILE}"))
    return [_digest(model / "variables") for model in models]


def _digest(folder: Path) -> str:
    contents = (path.read_bytes() for path in sorted(folder.iterdir()))
    return hashlib.sha256(b"".join(contents)).hexdigest()


def components(root: Path) -> list[str]:
    """Returns the components of a finished run in the order in which they ran."""
    (log,) = root.glob("runs/*/run.log")
    return re.findall(r"utkface\.components: (\w+) starts", log.read_text())


def unavailable() -> dict[str, str]:
    """Returns the faults that this process may not cause, with the reason."""
    found = {}
    for fault, prepare in ((FULL_DISK, small_disk), (OUT_OF_MEMORY, little_memory)):
        try:
            with prepare():
                pass
        except OSError as error:
            found[fault] = str(error)
    return found


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """Yields a folder on a small disk in memory.

    Raises:
      OSError: if this process may not mount one.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", folder]
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
        if mounted.returncode:
            raise OSError(f"no small disk: {mounted.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def little_memory() -> Iterator[Path]:
    """Yields a control group with little memory.

    Raises:
      OSError: if this process may not make one.
    """
    name = f"utkface-{os.getpid()}"
    one = Path("/sys/fs/cgroup/memory", name)  # version 1
    group = one if one.parent.is_dir() else Path("/sys/fs/cgroup", name)
    group.mkdir()
    try:
        limit = "memory.limit_in_bytes" if group == one else "memory.max"
        (group / limit).write_text(str(_LITTLE_MEMORY))
        yield group
    finally:
        # The group is empty a moment after its process is gone.
        for _ in range(50):
            with contextlib.suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.1)
