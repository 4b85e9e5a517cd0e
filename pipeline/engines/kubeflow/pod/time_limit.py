"""The time limit of a whole run, which the backend lacks."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from types import FrameType

from components.errors import InputError
from pipeline.engines.kubeflow.pod.run_records import RunRecords
from pipeline.settings.reserved_variables import TIMEOUT_VARIABLE


@contextlib.contextmanager
def stop_in_time(records: RunRecords | None) -> Iterator[None]:
    """Ends a step once its run has reached the time limit.

    Args:
      records: the records of the run; None sets no limit.

    Raises:
      InputError: when the time is over, or if it was over before the step started.
    """
    hours = os.environ.get(TIMEOUT_VARIABLE)
    started = records.started() if records and hours else None
    if not hours or started is None:
        yield
        return
    over = InputError(
        f"Run stopped: expected it to end within {float(hours):g} hours "
        "(kubeflow.run_timeout_hours). Create a new run, with a higher limit if need be."
    )
    left = started + float(hours) * 3600 - time.time()
    if left <= 0:
        raise over

    def stop(number: int, frame: FrameType | None) -> None:
        raise over

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, left)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
