"""The protocol of the engines that run the pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from components.errors import OperationError
from pipeline.acceptances import Acceptances
from pipeline.settings.config import PipelineConfig


class EngineError(OperationError):
    """An engine cannot do what was requested; the message is for the user."""


@dataclass(frozen=True)
class RunTable:
    """The runs that an engine knows, newest first.

    Attributes:
      headers: the columns.
      rows: one row per run, of text, times and numbers.
      records: one JSON object per run, with more than the rows.
    """

    headers: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    records: list[dict[str, Any]]


class Engine(Protocol):
    """An engine that runs the pipeline.

    Schedules have a protocol of their own, pipeline.operations.schedule.scheduler: one machine
    has two schedulers.

    Each method raises InputError or ConfigError for wrong input, and EngineError or
    KubeflowError if the engine cannot do it.

    Attributes:
      suffixes: the endings of a compiled pipeline's file name; the first is the default.
    """

    suffixes: tuple[str, ...]

    def compile(self, config: PipelineConfig, output: Path) -> None:
        """Writes the compiled pipeline to a file."""

    def submit(self, config: PipelineConfig, accepted: Acceptances, *, verbose: bool) -> int:
        """Runs the pipeline, or hands it to a server; returns an exit code of the process."""

    def runs(self) -> RunTable:
        """Returns the runs."""

    def logs(self, run: str | None) -> Iterator[str]:
        """Yields the lines of a run's log; None selects the newest run."""
