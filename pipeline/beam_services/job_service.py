"""Beam's portable job service.

    python -m pipeline.beam_services.job_service --port=8099 [--host=ADDRESS]

Beam's own command, `apache_beam.runners.portability.local_job_service_main`, takes jobs from its
machine only, starts one worker whatever a job asks for, and waits forever for a worker that dies
before its first bundle.
"""

import argparse
import signal
import sys
import threading

from pipeline.beam_services.ports import free_port
from pipeline.compat.beam_internals import JobService


def main() -> None:
    """Serves until the process is stopped."""
    parser = argparse.ArgumentParser(prog="job_service", description="Serve Beam jobs.")
    parser.add_argument("--port", type=free_port, required=True, help="Port to listen at.")
    parser.add_argument(
        "--host",
        default="localhost",
        help="Name or address of this machine for the workers and the runs; default: localhost, "
        "which only this machine reaches.",
    )
    arguments = parser.parse_args()
    service = JobService(arguments.host)
    service.start_grpc_server(arguments.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        threading.Event().wait()
    finally:
        service.stop()


if __name__ == "__main__":
    main()
