"""Beam's services listen on this machine only, unless --host says otherwise."""

import os
import subprocess
import sys
from collections.abc import Sequence

import apache_beam as beam
import psutil
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from tests.beam_services import free_port, job_service, wait_for
from tests.lanes import only_in
from tests.listening import is_loopback, watched

pytestmark = pytest.mark.slow


def run_job(*arguments: str) -> None:
    with beam.Pipeline(options=PipelineOptions(list(arguments))) as pipeline:
        numbers = pipeline | beam.Create([1, 2]) | beam.Reshuffle()
        numbers | beam.Map(lambda number: 2 * number)


@only_in("legacy", "Beam's job services are tested")
def test_the_job_service_and_the_pools_listen_on_loopback(worker_python: str) -> None:
    with job_service("portable", worker_python) as service, watched(os.getpid()) as seen:
        run_job(
            "--runner=PortableRunner",
            f"--job_endpoint={service.beam['job_endpoint']}",
            "--environment_type=EXTERNAL",
            f"--environment_config={service.beam['worker_pool'].split(',')[0]}",
        )
    ports = {one.rpartition(":")[2] for one in seen.listening}
    # The job service, the pools, and servers for control, data, state, logs and artifacts.
    assert ports > {service.beam["job_endpoint"].rpartition(":")[2]} and len(ports) >= 7
    assert seen.open_to_others == set()


_MULTIPROCESS = """
from tests.pipeline.beam_services.test_listening import run_job
from pipeline.compat.beam_loopback import listen_on_loopback
listen_on_loopback()
run_job("--runner=FnApiRunner", "--direct_running_mode=multi_processing", "--direct_num_workers=2")
"""


def test_worker_processes_are_served_on_loopback() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", _MULTIPROCESS]) as process,
        watched(process.pid) as seen,
    ):
        assert process.wait(120) == 0
    assert len(seen.listening) >= 4 and seen.open_to_others == set()


@pytest.mark.parametrize("host", [[], ["--host=0.0.0.0"]])
def test_a_pool_is_open_to_others_only_if_it_is_told_so(host: Sequence[str]) -> None:
    port = free_port()
    command = [sys.executable, "-m", "pipeline.beam_services.worker_pool", f"--port={port}", *host]
    with subprocess.Popen(command) as process:
        try:
            wait_for(f"localhost:{port}", process)  # type: ignore[arg-type]
            sockets = psutil.Process(process.pid).net_connections("inet")
            open_to_others = [
                one.laddr.ip
                for one in sockets
                if one.status == psutil.CONN_LISTEN and not is_loopback(one.laddr.ip)
            ]
        finally:
            process.terminate()
    assert bool(open_to_others) == bool(host)
