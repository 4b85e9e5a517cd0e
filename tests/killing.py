"""Kills a process in the middle of what it does, and lets Ctrl-C reach commands."""

import os
import signal
from collections.abc import Callable
from types import ModuleType


def run_and_kill(
    action: Callable[[], object], module: ModuleType, function: str, *, after: int = 0
) -> None:
    """Runs an action in a child process, which SIGKILL ends when it calls a function.

    A child that is forked starts in no time, though TFX takes seconds to load. The action must use
    no threads.

    Args:
      action: what to do.
      module: the module whose function is replaced.
      function: the name of the function.
      after: how many calls of it succeed before.
    """
    child = os.fork()
    if child == 0:
        original, left = getattr(module, function), after

        def kill(*arguments: object) -> object:
            nonlocal left
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return original(*arguments)

        setattr(module, function, kill)
        try:
            action()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def heed_sigint() -> None:
    """Makes sure that SIGINT is not ignored, here and in the commands that this process starts.

    A shell script starts background jobs with SIGINT ignored, and their children inherit that.
    Tests of stopped runs would then wait forever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
