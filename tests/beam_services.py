"""Beam's job services for tests, with workers in another environment and network.

The workers run an environment of their own that has this project as a wheel, in another folder.
Where the tests run as root, the workers have a network of their own too.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

PRISM_VARIABLE = "PRISM"
FLINK_VARIABLE = "FLINK_JOB_SERVER_JAR"
SPARK_VARIABLE = "SPARK_JOB_SERVER_JAR"
ROOT = Path(__file__).parents[1]
SUBPROCESS = b"apache_beam.runners.worker.sdk_worker_main"
_SECONDS = 60
_PACKAGES = ("pipeline", "components", "trainer", "schema")
_FILES = ("setup.py", "pyproject.toml", "README.md", "LICENSE")
# For Spark 3.2 on Java 17. Without the second, a job whose task fails never ends.
_OPENED = ("sun.nio.ch", "sun.security.action", "java.io")


@dataclass(frozen=True)
class Network:
    """A network namespace that is connected with this machine's network.

    Attributes:
      here: address of this machine for the processes inside.
      inside: address of the processes inside for this machine.
      enter: start of a command that runs inside.
    """

    here: str = "localhost"
    inside: str = "localhost"
    enter: Sequence[str] = ()


LOOPBACK = Network()


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """Creates a network namespace; yields LOOPBACK where nobody may create one."""
    if not _may_create_networks():
        yield LOOPBACK
        return
    name, number = f"beam{os.getpid()}", os.getpid() % 16384
    subnet = f"10.213.{number // 64}"
    base = number % 64 * 4
    here, inside = f"{subnet}.{base + 1}", f"{subnet}.{base + 2}"
    commands = (
        f"netns add {name}",
        f"link add {name} type veth peer name eth0 netns {name}",
        f"addr add {here}/30 dev {name}",
        f"link set {name} up",
        f"-n {name} addr add {inside}/30 dev eth0",
        f"-n {name} link set eth0 up",
        f"-n {name} link set lo up",
    )
    try:
        for command in commands:
            subprocess.run(["ip", *command.split()], check=True)
        yield Network(here, inside, ("ip", "netns", "exec", name))
    finally:
        # The link goes with the namespace.
        subprocess.run(["ip", "netns", "delete", name], check=True)


def _may_create_networks() -> bool:
    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("unshare")):
        return False
    # Containers have a root that may not.
    command = ["unshare", "--net", "ip", "link", "add", "here", "type", "veth"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def worker_python() -> Iterator[str]:
    """Yields the Python of an environment with this project as a wheel, without its checkout."""
    with tempfile.TemporaryDirectory() as folder:
        sources, wheels, home = (Path(folder, name) for name in ("sources", "wheels", "env"))
        # A build creates folders in the sources.
        for package in _PACKAGES:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / package, sources / package, ignore=ignored)
        for name in _FILES:
            shutil.copy(ROOT / name, sources)
        wheels.mkdir()
        build = f"from setuptools import build_meta; build_meta.build_wheel({str(wheels)!r})"
        subprocess.run([sys.executable, "-c", build], cwd=sources, capture_output=True, check=True)
        shutil.rmtree(sources)
        venv.create(home, symlinks=True)
        python = str(home / "bin" / "python")
        packages = sysconfig.get_path("purelib", vars={"base": str(home)})
        shutil.unpack_archive(next(wheels.iterdir()), packages, "zip")
        # Only this line of the file counts: the dependencies, but no checkout that is installed.
        Path(packages, "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
        found = subprocess.run(
            [python, "-c", "import pipeline; print(pipeline.__file__)"],
            cwd=folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert found.startswith(packages), found
        yield python


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("", 0))
        return int(listener.getsockname()[1])


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{process.args} has ended"
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens at {address}")


@contextlib.contextmanager
def _served(*command: str, address: str) -> "Iterator[subprocess.Popen[bytes]]":
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            wait_for(address, process)
            yield process
        finally:
            process.terminate()
            process.wait()


def find_workers(parent: int) -> list[int]:
    """Returns the Beam workers among the processes that a process started, directly or not."""
    parents, workers = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The name of the program, which comes second, may contain spaces.
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if b"SdkHarness" in b"".join(arguments) or SUBPROCESS in arguments:
                workers.append(int(folder.name))

    def ancestors(process: int) -> Iterator[int]:
        while process := parents.get(process, 0):
            yield process

    return sorted(worker for worker in workers if parent in ancestors(worker))


def prism() -> str:
    """Returns the path of a Prism binary; skips the test if there is none."""
    path = os.environ.get(PRISM_VARIABLE) or shutil.which("prism")
    if not path:
        pytest.skip(
            f"Prism is absent: {PRISM_VARIABLE} names no binary, and none is on PATH. Build it "
            "with go install github.com/apache/beam/sdks/v2/go/cmd/prism@v and Beam's version"
        )
    return path


def job_server(engine: Literal["flink", "spark"]) -> Sequence[str]:
    """Returns the start of Beam's job server of Flink or Spark, with the engine inside.

    It skips the test without Java, or without the server's jars.
    """
    if engine == "flink":
        variable, name = FLINK_VARIABLE, "org.apache.beam.runners.flink.FlinkJobServerDriver"
        options = ["--flink-master=[local]"]
    else:
        variable, name = SPARK_VARIABLE, "org.apache.beam.runners.spark.SparkJobServerDriver"
        options = ["--spark-master-url=local[2]"]
    jars, java = os.environ.get(variable), shutil.which("java")
    if not jars or not java:
        pytest.skip(
            f"{engine.title()} is absent: {variable} names no jar of Beam's job server and no "
            "folder of its jars, or java is not on PATH. See docs/scaling.md"
        )
    path = f"{jars}/*" if Path(jars).is_dir() else jars
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
    command = [java, *opened, "-cp", path, name]
    # With port 0, the artifacts have an address that only the server's own machine reaches.
    return *command, *options, f"--artifact-port={free_port()}", "--expansion-port=-1"


@dataclass(frozen=True)
class Service:
    """A job service with worker pools.

    Attributes:
      beam: the settings of `beam` for it.
      pools: process IDs of the pools, whose children are the workers.
    """

    beam: dict[str, Any]
    pools: list[int]


@contextlib.contextmanager
def job_service(
    engine: Literal["portable", "prism", "flink", "spark"], python: str, where: Network = LOOPBACK
) -> Iterator[Service]:
    """Runs a job service and its worker pools, each a process: two pools for `portable`.

    `portable`, `flink` and `spark` have two workers.

    Args:
      engine: the engine.
      python: see worker_python.
      where: network of the pools. The workers of Prism and of a local Flink or Spark reach only
        the engine's own machine, so these run there too.
    """
    job, ports = free_port(), [free_port() for _ in range(2 if engine == "portable" else 1)]
    if engine == "prism":
        command = (*where.enter, prism(), f"--job_port={job}", "--serve_http=false")
        job_address = f"{where.inside}:{job}"
    elif engine in ("flink", "spark"):
        command = (
            *where.enter,
            *job_server(engine),
            f"--job-host={where.inside}",
            f"--job-port={job}",
        )
        job_address = f"{where.inside}:{job}"
    else:
        module = "pipeline.beam_services.job_service"
        command = (python, "-m", module, f"--port={job}", f"--host={where.here}")
        job_address = f"{where.here}:{job}"
    pools = {port: f"{where.inside}:{port}" for port in ports}
    with contextlib.ExitStack() as stack:
        stack.enter_context(_served(*command, address=job_address))
        module = "pipeline.beam_services.worker_pool"
        started = [
            stack.enter_context(
                _served(*where.enter, python, "-m", module, *listen, address=address)
            ).pid
            for port, address in pools.items()
            for listen in [(f"--port={port}", f"--host={where.inside}")]
        ]
        beam = {
            "engine": engine,
            "job_endpoint": job_address,
            "worker_pool": ",".join(pools.values()),
            "workers": 1 if engine == "prism" else 2,
        }
        yield Service(beam, started)
