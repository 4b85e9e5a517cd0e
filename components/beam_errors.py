"""Errors of Beam engines, which have no types of their own."""

import contextlib
from collections.abc import Iterator

from components.errors import InputError, ResourceError

# Of the local runner and the portable job service, of Prism, of Flink and Spark, and of this
# project.
_LOST_WORKER = (
    "Channel closed prematurely",
    "SDK worker disconnected",
    "StatusRuntimeException: CANCELLED: client cancelled",
    "StatusRuntimeException: CANCELLED: call already cancelled",
    "A worker of the Beam engine was killed",
)
LOST_WORKER = (
    "A worker of the Beam engine was killed, usually because memory ran out. Free memory, or use "
    "fewer workers (ingest.workers, beam.workers), and run the same command again."
)


def has_lost_worker(message: str) -> bool:
    """Returns whether the message of an error says that a worker process is gone."""
    return any(sign in message for sign in _LOST_WORKER)


@contextlib.contextmanager
def clear_errors() -> Iterator[None]:
    """Raises the errors of our own steps without the text that Beam appends.

    Raises:
      InputError, ResourceError: as the steps raise them; ResourceError also if a worker is gone.
    """
    try:
        yield
    except (InputError, ResourceError) as error:
        raise type(error)(_without_step(error)) from error
    except RuntimeError as error:
        if has_lost_worker(str(error)):
            raise ResourceError(LOST_WORKER) from error
        raise RuntimeError(_without_step(error)) from error


def _without_step(error: Exception) -> str:
    return str(error).partition(" [while running")[0]
