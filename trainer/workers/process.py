"""Runs the training of a worker in a process of its own.

TensorFlow joins a cluster only before it computes anything, and leaves it only with its process.
But the process of a run has computed a transform graph, and trains again after a loss.
"""

import importlib
import logging
import multiprocessing
import os
import pickle
import re
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from trainer.measuring.channel import ChannelHandler
from trainer.workers.request import Request

# trainer.progress.LOGGER; its module loads Keras before the output of a process is redirected.
LOGGER = logging.getLogger("utkface.training")
_POLL_SECONDS = 0.5
_CAUSE = re.compile(r"Collective ops is aborted by: ([^.\n]+)")


class WorkerLostError(RuntimeError):
    """The training ended because a worker is gone. Another attempt continues it."""


class NoWorkersError(RuntimeError):
    """Not all workers joined in time; the message says what to do."""


def train(
    request: Request,
    *,
    prepare: str = "",
    output: str = "",
    join_seconds: float | None = None,
    is_superseded: Callable[[], bool] = lambda: False,
    on_epoch: Callable[[], None] = lambda: None,
) -> None:
    """Trains in a new process, and passes on its log records; with `output`, only its progress.

    Args:
      request: the training.
      prepare: `MODULE:FUNCTION` to call first in the process; empty for none.
      output: the file that the output and the log of the process are appended to; empty if they
        belong to the output and the log of this process.
      join_seconds: how long to wait for all workers; None waits for ever.
      is_superseded: whether there is a later attempt; called about twice a second.
      on_epoch: called after each epoch.

    Raises:
      WorkerLostError: if a worker is gone, or the attempt is superseded.
      TimeoutError: if not all workers joined in time.
      Exception: the error of the training.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(request, sender, prepare, output), daemon=True)
    process.start()
    # The pipe ends with the process only if no other process holds it open.
    sender.close()
    deadline = None if join_seconds is None else time.monotonic() + join_seconds
    try:
        while True:
            if is_superseded():
                raise WorkerLostError("the chief has started again")
            if deadline and time.monotonic() > deadline:
                raise TimeoutError
            if not receiver.poll(_POLL_SECONDS):
                continue
            try:
                message = receiver.recv()
            except EOFError:
                process.join()
                raise WorkerLostError(_describe_end(process.exitcode or 0)) from None
            if message is None:
                process.join()
                return
            if isinstance(message, Exception):
                raise message
            if hasattr(message, "device"):
                deadline = None
            if hasattr(message, "training") and message.levelno >= logging.INFO:
                on_epoch()
            if not output or message.name == LOGGER.name:
                logging.getLogger(message.name).handle(message)
    finally:
        # TensorFlow ignores SIGTERM in a cluster.
        process.kill()
        process.join()
        receiver.close()


def _serve(request: Request, channel: Connection, prepare: str, output: str) -> None:
    """Trains; sends log records, and then None or an error."""
    if output:
        file = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.dup2(file, 1)
        os.dup2(file, 2)
    # Ctrl-C reaches all processes of a terminal; the parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    handlers: list[logging.Handler] = [ChannelHandler(channel)]
    if output:
        handlers.append(logging.StreamHandler())
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    LOGGER.setLevel(logging.DEBUG)
    # At INFO it logs each exchange of numbers that it compiles.
    logging.getLogger("tensorflow").setLevel(logging.WARNING)
    if prepare:
        module, _, function = prepare.partition(":")
        getattr(importlib.import_module(module), function)()
    channel.send(_try(request))


def _try(request: Request) -> Exception | None:
    import tensorflow as tf

    from trainer.run_fn import run_fn

    # What TensorFlow raises when a peer is gone.
    lost = (
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
        tf.errors.InternalError,
        tf.errors.UnavailableError,
    )
    try:
        run_fn(request.fn_args())
    except lost as error:
        logging.exception("A worker is gone.")
        return WorkerLostError(_shorten(error.message))
    except Exception as error:
        logging.exception("The training ended with an error.")
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return RuntimeError(f"{type(error).__name__}: {error}")
        return error
    return None


def _shorten(message: str) -> str:
    """Returns the cause that TensorFlow names in a message of many lines."""
    cause = _CAUSE.search(message)
    return cause[1].strip() if cause else message.strip().rpartition("\n")[2]


def _end_with_parent() -> None:
    """Ends this process with its parent, also if that is killed: it would keep its address."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _describe_end(code: int) -> str:
    if code < 0:
        return f"the training process was ended by {signal.Signals(-code).name}"
    return f"the training process ended with exit code {code}"
