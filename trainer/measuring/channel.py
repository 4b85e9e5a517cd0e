"""Messages from a measuring process to the process that started it."""

import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from trainer.measuring import json_values

_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Limit for messages of steps; epochs are always sent. More messages would distort the measured
# training time.
_MESSAGES_PER_SECOND = 4.0


def serve(target: str) -> int:
    """Runs the command line `python -m MODULE REQUEST RESULT`, where both paths are JSON files.

    Standard output carries messages, one line of JSON each: log records, and any error that ends
    the process. All other output, including TensorFlow's, goes to standard error.

    Args:
      target: `MODULE:FUNCTION`, the function from request to result. The module is imported after
        the channel is open, so import errors are also sent.

    Returns:
      The exit code.
    """
    request, result = map(Path, sys.argv[1:])
    sys.stdout.flush()
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    try:
        handlers = [logging.StreamHandler(sys.stderr), ChannelHandler(channel)]
        logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT, handlers=handlers, force=True)
        module, _, name = target.partition(":")
        function: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
        json_values.write(result, function(json_values.read(request)))
    except Exception as error:
        logging.exception("the process ended with an error")
        send(channel, {"error": {"type": type(error).__name__, "message": str(error)}})
        return 1
    return 0


def send(channel: IO[str], message: dict[str, Any]) -> None:
    """Writes a message; ends the process if the reader is gone."""
    try:
        channel.write(json.dumps(message) + "\n")
    except BrokenPipeError:
        os._exit(1)


class ChannelHandler(logging.Handler):
    """Sends log records, with the progress attributes that trainer.run_fn adds."""

    def __init__(self, channel: IO[str]):
        super().__init__(logging.DEBUG)
        self._channel = channel
        self._last = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        if record.levelno < logging.INFO:
            if now - self._last < 1 / _MESSAGES_PER_SECOND:
                return
            self._last = now
        message: dict[str, Any] = {
            "logger": record.name,
            "level": record.levelno,
            "message": record.getMessage(),
        }
        for name in ("device", "note", "training"):
            if (value := getattr(record, name, None)) is not None:
                message[name] = value
        if balance := getattr(record, "balance", None):
            message["balance"] = {"summary": balance.summarize(), "absent": balance.absent}
        send(self._channel, message)
