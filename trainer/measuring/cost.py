"""What a training costs, over all the processes that it took."""

import logging
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from trainer.measuring import json_values as measure_json


@dataclass(frozen=True)
class Cost:
    """What was spent.

    Attributes:
      seconds: by the clock.
      cpu_seconds: of all threads, in the program and in the system for it.
      processes: how many it took; each after the first one had to begin by reading and
        compiling all over again.
    """

    seconds: float
    cpu_seconds: float
    processes: int


_NOTHING = Cost(0.0, 0.0, 0)


class CostMeter(logging.Handler):
    """Measures from when it is made on; notes at the end of each epoch what was spent so far.

    A training that goes on after an epoch counts what had been spent by the end of that one.
    What came after it, and was lost with the process, was no part of the training.
    """

    def __init__(self, path: Path):
        """Makes the meter.

        Args:
          path: where an earlier process left its notes, and this one leaves its own.
        """
        super().__init__(logging.INFO)
        self._path = path
        notes = measure_json.read_if_whole(path) or {}
        self._earlier = {int(epoch): Cost(**cost) for epoch, cost in notes.items()}
        self._notes = dict(self._earlier)
        self._went_on_after: int | None = None
        self._start = _used()

    def emit(self, record: logging.LogRecord) -> None:
        """Hears of an epoch's end from trainer.progress."""
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
        """Returns the cost up to now of a training that went on after an epoch; 0 for none."""
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
