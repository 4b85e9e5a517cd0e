"""Waits for a metadata server that is away, and explains one that is lost, during a run."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from ml_metadata import errors
from tfx.orchestration import metadata

from components.errors import InputError, OperationError
from pipeline.root.metadata_server import adapt, check_answers
from pipeline.settings.metadata import MetadataServer

# How long a run waits for its server, e.g. while it restarts.
WAIT_SECONDS = 300.0
_PAUSE_SECONDS = 2.0
_T = TypeVar("_T")


@contextlib.contextmanager
def outages(server: MetadataServer) -> Iterator[None]:
    """Makes TFX wait for a server that is away for a while.

    The runner offers no hook, but looks up its connection class in a module each time.

    Raises:
      OperationError: if the server is away for longer, or fails while TFX reads or writes.
    """

    class ServerMetadata(metadata.Metadata):
        """TFX's connection to a store, opened once the server answers."""

        def __enter__(self) -> metadata.Metadata:
            opened = when_back(server, super().__enter__)
            adapt(opened.store, server)
            return opened

    stock = metadata.Metadata
    metadata.Metadata = ServerMetadata
    try:
        yield
    except errors.StatusError as error:
        raise OperationError(
            f"expected the metadata server at {server.address} during the whole run; it "
            f"failed: {' '.join(str(error).split())}. Run the same command again."
        ) from error
    finally:
        metadata.Metadata = stock


def when_back(
    server: MetadataServer, connect: Callable[[], _T], seconds: float = WAIT_SECONDS
) -> _T:
    """Connects to a server, repeatedly while it is away.

    Args:
      server: the server.
      connect: connects; raises InputError or RuntimeError if it cannot.
      seconds: how long to try.

    Raises:
      OperationError: if the server is away for longer.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            check_answers(server)
            return connect()
        except (InputError, RuntimeError) as error:
            if time.monotonic() > deadline:
                raise OperationError(
                    f"{' '.join(str(error).split())} The run waited {seconds:.0f} s for the "
                    "server. Run the same command again once it is back."
                ) from None
            logging.warning("Waiting for the metadata server: %s", error)
            time.sleep(_PAUSE_SECONDS)
