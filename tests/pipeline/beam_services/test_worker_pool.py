"""The worker pool answers for a worker that cannot start, and frees its port and its workers."""

import argparse
import queue
from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

from components.beam_errors import LOST_WORKER
from pipeline.beam_services import worker_pool
from pipeline.beam_services.ports import free_port
from pipeline.beam_services.worker_pool import WorkerPool


class Control(beam_fn_api_pb2_grpc.BeamFnControlServicer):
    """A job service that gives one instruction and keeps the answer."""

    def __init__(self) -> None:
        self.answers: queue.Queue[tuple[str, beam_fn_api_pb2.InstructionResponse]] = queue.Queue()

    def Control(self, answers, context) -> Iterator[beam_fn_api_pb2.InstructionRequest]:
        yield beam_fn_api_pb2.InstructionRequest(instruction_id="7")
        worker = dict(context.invocation_metadata())["worker_id"]
        self.answers.put((worker, next(answers)))


@pytest.fixture
def control() -> Iterator[tuple[Control, str]]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    service = Control()
    beam_fn_api_pb2_grpc.add_BeamFnControlServicer_to_server(service, server)
    port = server.add_insecure_port("localhost:0")
    server.start()
    yield service, f"localhost:{port}"
    server.stop(None)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise SystemExit(3)", "A Beam worker ended with exit code 3; see the log of its"),
        ("import os; os.kill(os.getpid(), 9)", LOST_WORKER),
    ],
)
def test_the_pool_answers_for_a_worker_that_ended(
    control: tuple[Control, str], monkeypatch: pytest.MonkeyPatch, code: str, error: str
) -> None:
    service, address = control
    monkeypatch.setattr(worker_pool, "_WORKER", code)
    request = beam_fn_api_pb2.StartWorkerRequest(worker_id="worker_0")
    request.control_endpoint.url = address
    assert not WorkerPool().StartWorker(request, None).error
    worker, answer = service.answers.get(timeout=60)
    assert (worker, answer.instruction_id) == ("worker_0", "7")
    assert answer.error.startswith(error)


def test_a_worker_that_is_stopped_is_not_reported(
    control: tuple[Control, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, address = control
    monkeypatch.setattr(worker_pool, "_WORKER", "import time; time.sleep(600)")
    pool = WorkerPool()
    request = beam_fn_api_pb2.StartWorkerRequest(worker_id="worker_0")
    request.control_endpoint.url = address
    pool.StartWorker(request, None)
    pool.StopWorker(beam_fn_api_pb2.StopWorkerRequest(worker_id="worker_0"), None)
    with pytest.raises(queue.Empty):
        service.answers.get(timeout=1)


def test_a_port_in_use_is_named(control: tuple[Control, str]) -> None:
    port = control[1].rpartition(":")[2]
    with pytest.raises(argparse.ArgumentTypeError, match=f"expected a free port; found {port} "):
        free_port(port)


@pytest.mark.parametrize("text", ["none", "70000", "-1"])
def test_what_is_no_port_is_named(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"expected a free port; found {text} "):
        free_port(text)
