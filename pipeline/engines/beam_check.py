"""Checks that Beam's engine can be reached, before a run starts."""

import socket

from pipeline.settings.beam import SERVICES, BeamSettings
from pipeline.settings.config import ConfigError

# Seconds per address.
_TIMEOUT = 5
_START = {
    "portable": "python -m pipeline.beam_services.job_service --port={port}",
    "prism": "prism --job_port={port}",
    "flink": "the Flink job server of Beam on port {port}",
    "spark": "the Spark job server of Beam on port {port}",
}
_START_POOL = "python -m pipeline.beam_services.worker_pool --port={port}"


def check_beam(settings: BeamSettings) -> None:
    """Checks that the job service and the worker pools of the settings answer.

    Raises:
      ConfigError: if nothing listens at an address.
    """
    if settings.engine not in SERVICES:
        return
    _check("job_endpoint", settings.job_endpoint, _START[settings.engine])
    # The engine's machines may reach a pool that this machine does not.
    if settings.engine in ("portable", "prism"):
        for pool in settings.worker_pools:
            _check("worker_pool", pool, _START_POOL)


def _check(name: str, address: str | None, start: str) -> None:
    host, _, port = (address or "").rpartition(":")
    try:
        socket.create_connection((host, int(port)), _TIMEOUT).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"beam.{name}: expected a service at {address}; found none ({error}). Start it, e.g. "
            f"{start.format(port=port)}, or set beam.engine to local."
        ) from None
