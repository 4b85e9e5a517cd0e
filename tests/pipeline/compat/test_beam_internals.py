"""Connections to the workers of a job fail together, also if a worker never connects."""

import pytest
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.portability.fn_api_runner import fn_runner, worker_handlers

from components.beam_errors import LOST_WORKER
from pipeline.compat import beam_internals


@pytest.fixture
def servicer():
    return beam_internals._Servicer(None)


def push(connection, number: str):
    return connection.push(beam_fn_api_pb2.InstructionRequest(instruction_id=number))


def test_a_lost_worker_fails_the_instructions_to_all_workers(servicer) -> None:
    lost, other = (servicer.get_conn_by_worker_id(name) for name in ("lost", "other"))
    before = [push(lost, "1"), push(other, "2")]
    assert not any(future.is_done() for future in before)
    lost.abort(RuntimeError("gone"))
    for future in (*before, push(other, "3")):
        assert future.is_done()
        assert future.get().error == "gone"
    assert {future.get().instruction_id for future in before} == {"1", "2"}


def test_a_worker_that_never_connects_fails_its_job(servicer, monkeypatch) -> None:
    monkeypatch.setattr(beam_internals, "CONNECT_LIMIT", 0.05)
    future = push(servicer.get_conn_by_worker_id("late"), "1")
    assert "Expected a Beam worker to connect within 0.05 s" in future.get(timeout=30).error


def test_a_worker_that_connects_in_time_is_left_alone(servicer, monkeypatch) -> None:
    monkeypatch.setattr(beam_internals, "CONNECT_LIMIT", 0.2)
    connection = servicer.get_conn_by_worker_id("here")
    future = push(connection, "1")
    answer = beam_fn_api_pb2.InstructionResponse(instruction_id="1")
    connection.set_input(iter([answer]))
    assert future.get(timeout=30) == answer
    assert connection.lost is None


def test_beam_has_the_names_that_are_replaced() -> None:
    handlers = worker_handlers.WorkerHandler._registered_environments
    for urn in (
        worker_handlers.python_urns.SUBPROCESS_SDK,
        worker_handlers.common_urns.environments.EXTERNAL.urn,
    ):
        assert urn in handlers
    assert hasattr(worker_handlers.ExternalWorkerHandler, "host_from_worker")
    assert fn_runner.FnApiRunner()._num_workers == 1
    assert issubclass(beam_internals._Servicer, worker_handlers.BeamFnControlServicer) or (
        worker_handlers.BeamFnControlServicer is beam_internals._Servicer
    )


def test_a_connection_that_the_runner_closes_is_not_lost(servicer) -> None:
    class Broken:
        def __iter__(self):
            return self

        def __next__(self):
            raise ConnectionError("closed")

    connection, other = (servicer.get_conn_by_worker_id(name) for name in ("closed", "other"))
    connection.closing = True
    connection.set_input(Broken())
    connection.close()
    assert other.lost is None
    other.set_input(Broken())
    other._read_thread.join()
    assert str(connection.lost) == LOST_WORKER
