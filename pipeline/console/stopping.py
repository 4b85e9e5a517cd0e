"""Turns Ctrl-C and SIGTERM into an error that names the signal."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
# The time between checks for a swallowed stop.
_CHECK_SECONDS = 1.0


class RunStopped(KeyboardInterrupt):
    """The user or the system asks the process to end.

    Attributes:
      signal: the signal that arrived.
    """

    def __init__(self, number: int):
        self.signal = signal.Signals(number)
        super().__init__(_NAMES.get(self.signal, self.signal.name))


class StopSignals:
    """The signals that have arrived.

    Attributes:
      stopped: the error raised for the first signal; None if no signal arrived.
    """

    def __init__(self) -> None:
        self.stopped: RunStopped | None = None

    def cause_of(self, error: BaseException) -> BaseException:
        """Returns the stop if there was one, because libraries wrap it in errors of their own."""
        return self.stopped or error


@contextlib.contextmanager
def stop_signals() -> Iterator[StopSignals]:
    """Raises RunStopped in the body for the first Ctrl-C or SIGTERM.

    Python drops an error that is raised in a callback or in `__del__`, and a library may catch
    everything. The error is therefore raised again every second while the body runs and handles
    no error. Clean-up in an `except` or a `finally` is not disturbed.

    A second signal ends the process at once, as it does without this function. A signal that the
    parent process ignores, e.g. under `nohup`, stays ignored. Only the main thread can receive
    signals: in another thread nothing changes.
    """
    signals = StopSignals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGALRM)}

    def stop_again(_number: int, _frame: FrameType | None) -> None:
        if signals.stopped and sys.exc_info()[1] is None:
            raise signals.stopped

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, stop_again)
        signal.setitimer(signal.ITIMER_REAL, _CHECK_SECONDS, _CHECK_SECONDS)
        signals.stopped = RunStopped(number)
        raise signals.stopped

    for number in _SIGNALS:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield signals
    finally:
        if signals.stopped:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
