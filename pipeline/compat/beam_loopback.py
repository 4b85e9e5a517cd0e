"""Makes Beam's servers listen on this machine only.

Beam's runners and job service give their servers the address `[::]`, every network of the machine,
also if all workers are processes of it. Whoever reaches a server gets the data and code of the job.

`tests/pipeline/beam_services/test_listening.py` fails if a release adds a server elsewhere.
"""

from typing import Any

import grpc
from apache_beam.runners.portability import abstract_job_service, local_job_service
from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.runners.worker import worker_pool_main

_EVERYWHERE, _HERE = "[::]:", "localhost:"


class _LoopbackGrpc:
    """The module grpc, except that its servers do not listen on other networks."""

    def __getattr__(self, name: str) -> Any:
        return getattr(grpc, name)

    def server(self, *args: Any, **options: Any) -> grpc.Server:
        server = grpc.server(*args, **options)
        listen = server.add_insecure_port
        server.add_insecure_port = lambda address: listen(address.replace(_EVERYWHERE, _HERE))
        return server


def listen_on_loopback() -> None:
    """Restricts the servers that Beam starts in this process from now on."""
    for module in (abstract_job_service, local_job_service, worker_handlers, worker_pool_main):
        module.grpc = _LoopbackGrpc()
