"""Beam's job services for tests: Prism and the portable runner of the Python package."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

PRISM_VARIABLE = "PRISM"
_SECONDS = 60


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("localhost", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens at port {port}")


@contextlib.contextmanager
def _served(*command: str, port: int) -> Iterator[None]:
    # The worker pool starts its workers with the command `python`.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with subprocess.Popen(
        command,
        env={**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(port)
            yield
        finally:
            process.terminate()


def prism() -> str:
    """Returns the path of a Prism binary; skips the test if there is none."""
    path = os.environ.get(PRISM_VARIABLE) or shutil.which("prism")
    if not path:
        pytest.skip(
            f"Prism is absent: {PRISM_VARIABLE} names no binary, and none is on PATH. Build it "
            "with go install github.com/apache/beam/sdks/v2/go/cmd/prism@v and Beam's version"
        )
    return path


@contextlib.contextmanager
def job_service(engine: Literal["portable", "prism"]) -> Iterator[dict[str, str]]:
    """Runs a job service and a worker pool in separate processes; yields the settings of `beam`."""
    job, pool = free_port(), free_port()
    module = "apache_beam.runners.portability.local_job_service_main"
    command = [sys.executable, "-m", module, f"--port={job}"]
    if engine == "prism":
        command = [prism(), f"--job_port={job}", "--serve_http=false"]
    workers = "apache_beam.runners.worker.worker_pool_main"
    with (
        _served(*command, port=job),
        _served(sys.executable, "-m", workers, f"--service_port={pool}", port=pool),
    ):
        yield {
            "engine": engine,
            "job_endpoint": f"localhost:{job}",
            "worker_pool": f"localhost:{pool}",
        }
