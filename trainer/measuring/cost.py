"""Measures the cost of a training over all its processes."""

import logging
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from trainer.measuring import json_values as measure_json


@dataclass(frozen=True)
class Cost:
    """The cost of a training.

    Attributes:
      seconds: wall-clock time.
      cpu_seconds: user and system CPU time of all threads.
      processes: number of processes. Each process after the first repeats reading and compiling.
    """

    seconds: float
    cpu_seconds: float
    processes: int


_NOTHING = Cost(0.0, 0.0, 0)


class CostMeter(logging.Handler):
    """Measures cost from its creation on, and records the total at the end of each epoch.

    The cost of a resumed training includes the cost up to the epoch that it resumes after. Later
    work, which was lost with its process, is not part of the training.
    """

    def __init__(self, path: Path):
        """Makes the meter.

        Args:
          path: file with the totals of earlier processes, to which this process adds.
        """
        super().__init__(logging.INFO)
        self._path = path
        notes = measure_json.read_if_whole(path) or {}
        self._earlier = {int(epoch): Cost(**cost) for epoch, cost in notes.items()}
        self._notes = dict(self._earlier)
        self._went_on_after: int | None = None
        self._start = _used()

    def emit(self, record: logging.LogRecord) -> None:
        """Receives the end of an epoch from trainer.progress."""
        training = getattr(record, "training", None)
        if training is None:
            return
        epoch = training["epoch"]
        if self._went_on_after is None:
            self._went_on_after = epoch - 1
        self._notes[epoch] = self.total(self._went_on_after)
        notes = {str(epoch): asdict(cost) for epoch, cost in self._notes.items()}
        measure_json.write(self._path, notes)

    def total(self, resumed_after: int) -> Cost:
        """Returns the cost so far of a training resumed after an epoch; 0 if not resumed."""
        before = self._earlier[resumed_after] if resumed_after else _NOTHING
        now = _used()
        return Cost(
            before.seconds + now[0] - self._start[0],
            before.cpu_seconds + now[1] - self._start[1],
            before.processes + 1,
        )


def _used() -> tuple[float, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), usage.ru_utime + usage.ru_stime
