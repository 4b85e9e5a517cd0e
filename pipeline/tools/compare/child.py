"""Runs a function in a process of its own, and passes on its progress."""

import logging
import multiprocessing
import signal
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rich.console import Console

from components.errors import OperationError
from pipeline.console.progress import show_progress
from pipeline.console.terminal import print_text
from trainer.measuring import json_values
from trainer.measuring.channel import Outcome, serve

LOG_FILE = "process.log"
_TRAINING_LOGGER = "utkface.training"
_LINES_SHOWN = 5


class ChildError(OperationError):
    """The process failed; the message says how, and names its log."""


def run_child(
    work: str, request: Any, result: Path, *, console: Console, verbose: bool = False
) -> Any:
    """Runs a function in a new process, shows its progress, and returns its result.

    Args:
      work: `MODULE:FUNCTION`, the function from request to result, which JSON can hold.
      request: the argument of the function.
      result: the file for the result; the log is appended to LOG_FILE in the same folder.
      console: the console for the progress.
      verbose: whether to show all log messages.

    Raises:
      ChildError: if the process fails.
    """
    folder = result.parent
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / LOG_FILE
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(dir=folder, prefix="tmp-") as temporary:
        # With TF_CONFIG, several workers train one model together; these processes run in sequence.
        environment = {"TF_CONFIG": None, "TMPDIR": temporary}
        process = context.Process(target=serve, args=(work, request, sender, log, environment))
        process.start()
        # The pipe ends with the process only if no other process holds it open.
        sender.close()
        try:
            with receiver, show_progress(console):
                outcome = _follow(receiver, console, verbose=verbose)
        except BaseException:
            process.terminate()
            raise
        finally:
            process.join()
    if outcome is None or outcome.error:
        problem = outcome.error if outcome else _describe_end(process.exitcode or 0, log)
        raise ChildError(f"{problem}\nThe log is {log}")
    json_values.write(result, outcome.value)
    return outcome.value


def _follow(receiver: Connection, console: Console, *, verbose: bool) -> Outcome | None:
    """Passes on log records; returns the outcome, or None if the process ends without."""
    while True:
        try:
            message = receiver.recv()
        except EOFError:
            return None
        if isinstance(message, Outcome):
            return message
        if verbose and message.levelno >= logging.INFO:
            print_text(console, f"{message.name}: {message.message}", "dim")
        if message.name == _TRAINING_LOGGER:
            # pipeline.console.progress listens here. The root's handlers do not get the record:
            # the process has a log of its own.
            for handler in logging.getLogger(_TRAINING_LOGGER).handlers:
                if message.levelno >= handler.level:
                    handler.handle(message)


def _describe_end(code: int, log: Path) -> str:
    """Says how a process ended that reported no error, e.g. because it was killed."""
    how = f"exit code {code}"
    if code < 0:
        how = f"signal {-code}, {signal.strsignal(-code)}"
        if -code == signal.SIGKILL:
            how += "; the system may have had no memory left"
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES_SHOWN:]
    return "\n".join([f"the process ended with {how}", *last])
