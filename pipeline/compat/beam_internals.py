"""Private parts of Beam's local runner and of its portable job service.

- `ControlConnection._read`, `_state`, `_futures_by_id`, and
  `BeamFnControlServicer._connections_by_worker_id`: Beam notices a lost worker by its data
  connection. Before a worker opens one, while it starts or imports TensorFlow, Beam waits forever
  for the worker's answer.
- `SubprocessSdkWorkerHandler.worker_thread`, `_worker_command_line`: the thread ends with a worker
  process of the local runner; the process is stopped only through its command.
- `ExternalWorkerHandler.host_from_worker`, `_external_payload`: the address that workers are given,
  by default this machine's name, which other machines may not resolve; and the pool of the worker.
- `FnApiRunner._num_workers`: a job service never sets it, and ignores `sdk_worker_parallelism`.

`tests/pipeline/compat` fails if a release drops or renames one of them.
"""

import contextlib
import os
import signal
import tempfile
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

from apache_beam.options.pipeline_options import PortableOptions
from apache_beam.portability.api import beam_fn_api_pb2, beam_job_api_pb2
from apache_beam.runners.portability import local_job_service
from apache_beam.runners.portability.fn_api_runner import fn_runner, worker_handlers

from components.beam_errors import LOST_WORKER
from pipeline.compat.beam_loopback import listen_on_loopback
from pipeline.settings.beam import POOLS

LOCALHOST = "localhost"
# Seconds that a worker has to connect.
CONNECT_LIMIT = 120


class _Connection(worker_handlers.ControlConnection):
    """Fails all instructions to the workers of a job once a worker is lost.

    Attributes:
      closing: whether the runner has ended the connection.
    """

    def __init__(self, servicer: "_Servicer"):
        super().__init__()
        self._servicer = servicer
        self.closing = False

    @property
    def lost(self) -> Exception | None:
        """Why the job fails; None if it does not."""
        return self._servicer.lost

    def push(self, request: Any) -> Any:
        future = super().push(request)
        if future is None:
            return None
        if self.lost:
            self.fail(self.lost)
        elif self._state == worker_handlers.BeamFnControlServicer.UNSTARTED_STATE:
            timer = threading.Timer(CONNECT_LIMIT, self._check_connected)
            timer.daemon = True
            timer.start()
        return future

    def abort(self, error: Exception) -> None:
        # The runner first waits for the other workers, whose results would be dropped.
        self._servicer.abort(error)

    def fail(self, error: Exception) -> None:
        """Answers the instructions without an answer."""
        for number, future in list(self._futures_by_id.items()):
            # The runner waits for a response; it does not look at exceptions.
            future.set(beam_fn_api_pb2.InstructionResponse(instruction_id=number, error=str(error)))

    def close(self) -> None:
        self.closing = True
        if self.lost:
            # Beam would wait until the worker has finished its bundle.
            super().push(worker_handlers.BeamFnControlServicer._DONE_MARKER)
        else:
            super().close()

    def _read(self) -> None:
        try:
            super()._read()
        except Exception:
            # The type differs between releases of gRPC.
            if not self.closing:
                self.abort(RuntimeError(LOST_WORKER))

    def _check_connected(self) -> None:
        if self._state == worker_handlers.BeamFnControlServicer.UNSTARTED_STATE:
            self.abort(
                RuntimeError(
                    f"Expected a Beam worker to connect within {CONNECT_LIMIT} s; none did. See "
                    "the log of the worker pool: the worker may have failed to start, or cannot "
                    "reach the address that the job service gave it (--host)."
                )
            )


class _Servicer(worker_handlers.BeamFnControlServicer):
    """The connections of the workers of a job.

    Attributes:
      lost: why the job fails; None if it does not.
    """

    def __init__(self, manager: worker_handlers.WorkerHandlerManager):
        super().__init__(manager)
        self.lost: Exception | None = None
        self._connections_by_worker_id: defaultdict[str, _Connection] = defaultdict(
            lambda: _Connection(self)
        )

    def abort(self, error: Exception) -> None:
        self.lost = self.lost or error
        for connection in list(self._connections_by_worker_id.values()):
            connection.fail(self.lost)


class _SubprocessHandler(worker_handlers.SubprocessSdkWorkerHandler):
    """A worker process of the local runner, killed if the job has lost another."""

    _worker_command_line: bytes

    def start_worker(self) -> None:
        self._pid_file = tempfile.NamedTemporaryFile()  # noqa: SIM115 - it closes with the handler
        name, command = self._pid_file.name.encode(), self._worker_command_line
        self._worker_command_line = b"echo $$ >%b; exec %b" % (name, command)
        super().start_worker()
        threading.Thread(target=self._watch, daemon=True).start()

    def stop_worker(self) -> None:
        while self.control_conn.lost and self.worker_thread.is_alive():
            # The number is missing until the process has started.
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(Path(self._pid_file.name).read_text()), signal.SIGKILL)
            self.worker_thread.join(0.1)
        super().stop_worker()

    def _watch(self) -> None:
        self.worker_thread.join()
        if not self.control_conn.closing:
            self.control_conn.abort(RuntimeError(LOST_WORKER))


def report_lost_workers() -> None:
    """Makes Beam's runner in this process fail when a worker process is lost, at any time."""
    worker_handlers.BeamFnControlServicer = _Servicer
    urn = worker_handlers.python_urns.SUBPROCESS_SDK
    worker_handlers.WorkerHandler.register_environment(urn, bytes)(_SubprocessHandler)


class _Job(local_job_service.BeamJob):
    """Runs a job with as many workers as it asks for."""

    def _invoke_runner(self) -> Any:
        self.set_state(beam_job_api_pb2.JobState.RUNNING)
        options = self.pipeline_options()
        runner = fn_runner.FnApiRunner(provision_info=self._provision_info)
        runner._num_workers = int(options.view_as(PortableOptions).sdk_worker_parallelism)
        return runner.run_via_runner_api(self._pipeline_proto, options)


class JobService(local_job_service.LocalJobServicer):
    """Beam's portable job service, for jobs and workers of other machines too."""

    def __init__(self, host: str):
        """Creates a service.

        Args:
          host: name or address of this machine for the workers and the jobs.
        """
        super().__init__(beam_job_type=_Job)
        self._host = host
        report_lost_workers()
        if host == LOCALHOST:
            listen_on_loopback()

        class Handler(worker_handlers.ExternalWorkerHandler):
            """Asks the pools for workers in turn."""

            def host_from_worker(self) -> str:
                return host

            def start_worker(self) -> None:
                pools = self._external_payload.params.get(POOLS, "").split(",")
                if pools[0]:
                    number = int(self.worker_id.rpartition("_")[2])
                    self._external_payload.endpoint.url = pools[number % len(pools)]
                super().start_worker()

        urn = worker_handlers.common_urns.environments.EXTERNAL.urn
        payload = worker_handlers.beam_runner_api_pb2.ExternalPayload
        worker_handlers.WorkerHandler.register_environment(urn, payload)(Handler)

    def get_service_address(self) -> str:
        return self._host

    def get_bind_address(self) -> str:
        return LOCALHOST if self._host == LOCALHOST else "[::]"
