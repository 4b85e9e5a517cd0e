"""Runs a module in a process of its own, and passes on its progress."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

import trainer
from pipeline.console.progress import show_progress
from pipeline.console.terminal import print_text
from trainer.measuring import json_values as measure_json

LOG_FILE = "process.log"
_TRAINING_LOGGER = "utkface.training"
_LINES_SHOWN = 5


class ChildError(RuntimeError):
    """The process failed; the message says how, and names its log."""


@dataclass(frozen=True)
class _Balance:
    """The part of trainer.data.balance.Balance that progress shows; its module would import TFX."""

    summary: str
    absent: tuple[str, ...]

    def summarize(self) -> str:
        return self.summary


def run_child(
    module: str, request: Any, result: Path, *, console: Console, verbose: bool = False
) -> Any:
    """Runs `python -m MODULE REQUEST RESULT` and shows its progress.

    Args:
      module: a module that calls trainer.measuring.channel.serve.
      request: a request that JSON can hold.
      result: the file of the result; the log is appended to LOG_FILE in the same folder.
      console: the console for the progress.
      verbose: whether to show all log messages.

    Raises:
      ChildError: if the process fails.
    """
    folder = result.parent
    folder.mkdir(parents=True, exist_ok=True)
    request_file = folder / f"request-{result.name}"
    measure_json.write(request_file, request)
    log = folder / LOG_FILE
    with contextlib.ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix="tmp-"))
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", module, str(request_file), str(result)],
                cwd=folder,
                env=_environment(temporary),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stack.enter_context(log.open("ab")),
                text=True,
                encoding="utf-8",
            )
        )
        assert process.stdout is not None
        try:
            with show_progress(console):
                error = _follow(process.stdout, console, verbose=verbose)
        except BaseException:
            process.terminate()
            raise
    if process.returncode or error:
        raise ChildError(f"{error or _describe_end(process.returncode, log)}\nThe log is {log}")
    return measure_json.read(result)


def _environment(temporary: str) -> dict[str, str]:
    environment = dict(os.environ)
    # With TF_CONFIG, several workers train one model together; these processes run in sequence.
    environment.pop("TF_CONFIG", None)
    paths = [str(Path(*trainer.__path__).parent), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    environment["TMPDIR"] = temporary
    return environment


def _follow(lines: Iterable[str], console: Console, *, verbose: bool) -> str:
    """Passes on messages until the process ends; returns its error message, or an empty string."""
    error = ""
    for line in lines:
        if not line.endswith("\n"):
            # The process ended during a write.
            break
        message = json.loads(line)
        if "error" in message:
            error = f"{message['error']['type']}: {message['error']['message']}"
            continue
        if verbose and message["level"] >= logging.INFO:
            text = f"{message['logger']}: {message['message']}"
            print_text(console, text, "dim")
        if message["logger"] == _TRAINING_LOGGER:
            _pass_on(message)
    return error


def _pass_on(message: dict[str, Any]) -> None:
    """Logs the message in this process, where pipeline.console.progress listens."""
    extra: dict[str, Any] = {
        name: message[name] for name in ("device", "note", "training") if name in message
    }
    if balance := message.get("balance"):
        extra["balance"] = _Balance(balance["summary"], tuple(balance["absent"]))
    logger = logging.getLogger(_TRAINING_LOGGER)
    record = logger.makeRecord(
        logger.name, message["level"], "", 0, message["message"], (), None, extra=extra
    )
    # Not the root's handlers: the process has a log of its own.
    for handler in logger.handlers:
        if record.levelno >= handler.level:
            handler.handle(record)


def _describe_end(code: int, log: Path) -> str:
    """Says how a process ended that reported no error, e.g. because it was killed."""
    how = f"exit code {code}"
    if code < 0:
        how = f"signal {-code}, {signal.strsignal(-code)}"
        if -code == signal.SIGKILL:
            how += "; the system may have had no memory left"
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES_SHOWN:]
    return "\n".join([f"the process ended with {how}", *last])
