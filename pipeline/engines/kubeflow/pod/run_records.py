"""Records that the steps of a run leave for the last step, which reports how the run ended.

Kubeflow Pipelines does not tell a step which other steps failed, nor why. Each step therefore
records its result in `FOLDER/RUN_ID/`, next to the history.
"""

import json
import os
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from tfx.dsl.io import fileio

from pipeline.settings.reserved_variables import RECORDS_VARIABLE

_FOLDER = "run_records"
_STARTED, _CHOICE, _OUTCOME = "started.json", "choice.json", "outcome.json"
_FAILURE = "failure-"


@dataclass(frozen=True)
class Failure:
    """Why a step failed.

    Attributes:
      step: the name of the step.
      code: the exit code.
      message: the message for the user.
      at: when the step failed, in seconds since 1970.
    """

    step: str
    code: int
    message: str
    at: float


@dataclass(frozen=True)
class SpanChoice:
    """The span that a scheduled run chose.

    Attributes:
      span: the span to run on; None if there is nothing new.
      lines: the findings, one per line.
    """

    span: int | None
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a finished run.

    Attributes:
      blessed: whether the model is blessed.
      reasons: why the model is not blessed, one per line.
      metrics: measures over the test split, by name.
      pushed_to: the folder of the pushed model; None if it was not pushed.
      places: the paths of the outputs, by name.
    """

    blessed: bool
    reasons: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
    pushed_to: str | None = None
    places: dict[str, str] = field(default_factory=dict)


class RunRecords:
    """The records of one run.

    Args:
      folder: the folder of the records of all runs.
      run_id: the id of the run.
    """

    def __init__(self, folder: str, run_id: str):
        self._folder = f"{folder.rstrip('/')}/{run_id}"

    def start(self) -> None:
        """Records the start of the run, unless it is recorded already."""
        if not fileio.exists(f"{self._folder}/{_STARTED}"):
            self._write(_STARTED, {"at": time.time()})

    def started(self) -> float | None:
        """Returns when the run started, in seconds since 1970; None if unknown."""
        document = self._read(_STARTED)
        return float(document["at"]) if document else None

    def record_choice(self, choice: SpanChoice) -> None:
        self._write(_CHOICE, asdict(choice))

    def choice(self) -> SpanChoice | None:
        """Returns the span choice; None if the run is not scheduled, or ended before the choice."""
        document = self._read(_CHOICE)
        return SpanChoice(document["span"], tuple(document["lines"])) if document else None

    def record_outcome(self, outcome: Outcome) -> None:
        self._write(_OUTCOME, asdict(outcome))

    def outcome(self) -> Outcome | None:
        """Returns the outcome; None if the run did not finish."""
        document = self._read(_OUTCOME)
        return Outcome(**{**document, "reasons": tuple(document["reasons"])}) if document else None

    def record_failure(self, step: str, code: int, message: str) -> None:
        self._write(f"{_FAILURE}{step}.json", asdict(Failure(step, code, message, time.time())))

    def forget_failure(self, step: str) -> None:
        """Forgets the failure of an earlier attempt at a step."""
        path = f"{self._folder}/{_FAILURE}{step}.json"
        if fileio.exists(path):
            fileio.remove(path)

    def failures(self) -> list[Failure]:
        """Returns the failures of the steps, in the order of time."""
        if not fileio.isdir(self._folder):
            return []
        names = [name for name in fileio.listdir(self._folder) if name.startswith(_FAILURE)]
        found = [Failure(**document) for name in names if (document := self._read(name))]
        return sorted(found, key=lambda failure: failure.at)

    def delete(self) -> None:
        """Deletes the records."""
        if fileio.isdir(self._folder):
            fileio.rmtree(self._folder)

    def _write(self, name: str, document: dict[str, Any]) -> None:
        fileio.makedirs(self._folder)
        with fileio.open(f"{self._folder}/{name}", "w") as file:
            file.write(json.dumps(document) + "\n")

    def _read(self, name: str) -> dict[str, Any] | None:
        path = f"{self._folder}/{name}"
        if not fileio.exists(path):
            return None
        with fileio.open(path, "r") as file:
            document: dict[str, Any] = json.loads(file.read())
        return document


def records_folder(history: str) -> str:
    """Returns the folder of the records of all runs."""
    return f"{history.rstrip('/')}/{_FOLDER}"


def records_of_environment(run_id: str | None) -> RunRecords | None:
    """Returns the records of this step's run; None on an engine without records."""
    folder = os.environ.get(RECORDS_VARIABLE)
    return RunRecords(folder, run_id) if folder and run_id else None
