"""What a measuring process does with its output, its log records and its result."""

import copy
import importlib
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Limit for messages of steps; epochs are always sent. More messages would distort the measured
# training time.
_MESSAGES_PER_SECOND = 4.0


@dataclass(frozen=True)
class Outcome:
    """The last message of a process.

    Attributes:
      value: the result.
      error: the type and the message of an exception; empty if there is a result.
    """

    value: Any = None
    error: str = ""


@dataclass(frozen=True)
class SentBalance:
    """The part of trainer.data.balance.Balance that progress shows; its module would load TFX."""

    summary: str
    absent: tuple[str, ...]

    def summarize(self) -> str:
        return self.summary


def serve(
    work: str,
    request: Mapping[str, Any],
    channel: Connection,
    log: Path,
    environment: Mapping[str, str | None],
) -> None:
    """Runs a function in this process, and sends log records, then an Outcome.

    Args:
      work: `MODULE:FUNCTION`, the function from request to result. The module is imported here, so
        import errors are also sent.
      request: the argument of the function.
      channel: where records and outcome go.
      log: the file that all other output goes to, including TensorFlow's. Its folder becomes the
        working directory.
      environment: variables to set; None removes a variable.
    """
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(log.parent)
    for name, value in environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    handlers: list[logging.Handler] = [logging.StreamHandler(), ChannelHandler(channel)]
    logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT, handlers=handlers, force=True)
    try:
        module, _, name = work.partition(":")
        function: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
        outcome = Outcome(function(request))
    except Exception as error:
        logging.exception("The process ended with an error.")
        outcome = Outcome(error=f"{type(error).__name__}: {error}")
    channel.send(outcome)


class ChannelHandler(QueueHandler):
    """Sends log records, with the progress attributes that trainer.run_fn adds."""

    def __init__(self, channel: Connection):
        super().__init__(channel)  # type: ignore[arg-type]
        self.setLevel(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(message)s"))
        self._channel = channel
        self._last = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        if record.levelno < logging.INFO:
            if now - self._last < 1 / _MESSAGES_PER_SECOND:
                return
            self._last = now
        super().emit(record)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        # Tracebacks stay in the log.
        prepared = copy.copy(record)
        prepared.exc_info = prepared.exc_text = prepared.stack_info = None
        prepared = super().prepare(prepared)
        if balance := getattr(prepared, "balance", None):
            vars(prepared)["balance"] = SentBalance(balance.summarize(), tuple(balance.absent))
        return prepared

    def enqueue(self, record: logging.LogRecord) -> None:
        """Sends a record; ends the process if the reader is gone."""
        try:
            self._channel.send(record)
        except BrokenPipeError:
            os._exit(1)
