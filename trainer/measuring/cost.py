"""Measures the cost of a training over all its processes."""

import logging
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from trainer.measuring import json_values


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
        costs = json_values.read_if_complete(path) or {}
        self._earlier = {int(epoch): Cost(**cost) for epoch, cost in costs.items()}
        self._costs = dict(self._earlier)
        self._resumed_after: int | None = None
        self._start = _read_clocks()

    def emit(self, record: logging.LogRecord) -> None:
        """Receives the end of an epoch from trainer.progress."""
        training = getattr(record, "training", None)
        if training is None:
            return
        epoch = training["epoch"]
        if self._resumed_after is None:
            self._resumed_after = epoch - 1
        self._costs[epoch] = self.total(self._resumed_after)
        costs = {str(epoch): asdict(cost) for epoch, cost in self._costs.items()}
        json_values.write(self._path, costs)

    def total(self, resumed_after: int) -> Cost:
        """Returns the cost so far of a training resumed after an epoch; 0 if not resumed."""
        earlier = self._earlier[resumed_after] if resumed_after else Cost(0.0, 0.0, 0)
        seconds, cpu_seconds = _read_clocks()
        return Cost(
            earlier.seconds + seconds - self._start[0],
            earlier.cpu_seconds + cpu_seconds - self._start[1],
            earlier.processes + 1,
        )


def _read_clocks() -> tuple[float, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), usage.ru_utime + usage.ru_stime
