"""Errors of Beam engines, which have no types of their own."""

# Of the local runner and the portable job service, of Prism, and of this project.
_LOST_WORKER = (
    "Channel closed prematurely",
    "SDK worker disconnected",
    "A worker of the Beam engine was killed",
)
LOST_WORKER = (
    "A worker of the Beam engine was killed, usually because memory ran out. Free memory, or use "
    "fewer workers (ingest.workers, beam.workers), and run the same command again."
)


def has_lost_worker(message: str) -> bool:
    """Returns whether the message of an error says that a worker process is gone."""
    return any(sign in message for sign in _LOST_WORKER)
