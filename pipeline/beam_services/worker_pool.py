"""The worker pool: starts the workers that a Beam job service asks for, and reports their deaths.

    python -m pipeline.beam_services.worker_pool --port=50000 [--host=ADDRESS]

Beam's own pool, `apache_beam.runners.worker.worker_pool_main`, starts workers with the first
`python` on the PATH. It does not notice that a worker dies before it connects to the job service,
so the job waits forever.
"""

import argparse
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

from components.beam_errors import LOST_WORKER
from pipeline.beam_services.ports import free_port

_WORKER = (
    "import sys; from apache_beam.runners.worker.sdk_worker import SdkHarness; "
    "SdkHarness(sys.argv[1], worker_id=sys.argv[2]).run()"
)
# Requests are short.
_THREADS = 4
_SECONDS_TO_STOP = 10


class WorkerPool(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):
    """Starts and stops workers, each a process of this Python environment."""

    def __init__(self) -> None:
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def StartWorker(
        self, request: beam_fn_api_pb2.StartWorkerRequest, context: grpc.ServicerContext
    ) -> beam_fn_api_pb2.StartWorkerResponse:
        """Starts a worker; Beam calls it."""
        process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, request.control_endpoint.url, request.worker_id]
        )
        self._processes[request.worker_id] = process
        threading.Thread(target=self._watch, args=(request, process), daemon=True).start()
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(
        self, request: beam_fn_api_pb2.StopWorkerRequest, context: grpc.ServicerContext
    ) -> beam_fn_api_pb2.StopWorkerResponse:
        """Stops a worker; Beam calls it."""
        _stop(self._processes.pop(request.worker_id, None))
        return beam_fn_api_pb2.StopWorkerResponse()

    def close(self) -> None:
        """Stops all workers."""
        while self._processes:
            _stop(self._processes.popitem()[1])

    def _watch(
        self, request: beam_fn_api_pb2.StartWorkerRequest, process: "subprocess.Popen[bytes]"
    ) -> None:
        code = process.wait()
        if self._processes.pop(request.worker_id, None) and code:
            _report_death(request.control_endpoint.url, request.worker_id, code)


def _report_death(address: str, worker: str, code: int) -> None:
    """Answers the job service in place of a dead worker: each instruction fails.

    A job service refuses the connection if the worker had connected before its death, and notices
    the death itself.
    """
    killed = code < 0
    error = (
        LOST_WORKER
        if killed
        else f"A Beam worker ended with exit code {code}; see the log of its worker pool."
    )
    answers: queue.SimpleQueue[beam_fn_api_pb2.InstructionResponse] = queue.SimpleQueue()

    def take() -> Iterator[beam_fn_api_pb2.InstructionResponse]:
        while True:
            yield answers.get()

    with grpc.insecure_channel(address) as channel:
        stub = beam_fn_api_pb2_grpc.BeamFnControlStub(channel)
        try:
            for instruction in stub.Control(take(), metadata=[("worker_id", worker)]):
                answers.put(
                    beam_fn_api_pb2.InstructionResponse(
                        instruction_id=instruction.instruction_id, error=error
                    )
                )
        except grpc.RpcError:
            return


def _stop(process: "subprocess.Popen[bytes] | None") -> None:
    if process is None:
        return
    process.terminate()
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> None:
    """Serves until the process is stopped."""
    parser = argparse.ArgumentParser(prog="worker_pool", description="Serve Beam workers.")
    parser.add_argument("--port", type=free_port, required=True, help="Port to listen at.")
    parser.add_argument(
        "--host",
        default="localhost",
        help="Address of this machine to listen at; default: localhost, which only this machine "
        "reaches. A pool runs the code of anyone who reaches it.",
    )
    arguments = parser.parse_args()
    pool = WorkerPool()
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS))
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    server.add_insecure_port(f"{arguments.host}:{arguments.port}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server.start()
    try:
        server.wait_for_termination()
    finally:
        pool.close()


if __name__ == "__main__":
    main()
