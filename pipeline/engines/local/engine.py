"""This machine as an engine."""

from collections.abc import Iterator
from pathlib import Path

from google.protobuf import json_format

from components.errors import InputError
from pipeline.acceptances import Acceptances
from pipeline.console.quiet import quiet_stderr
from pipeline.engines.engine import RunTable
from pipeline.engines.local.launch import launch
from pipeline.layout import RootLayout
from pipeline.root.run_folder import LOG_FILE
from pipeline.settings.config import PipelineConfig
from trainer.measures.registry import BY_KEY
from trainer.tasks import TASKS


class LocalEngine:
    """Runs the pipeline in this process, with all runs under one root.

    Args:
      root: the folder that runs share.
    """

    suffixes: tuple[str, ...] = (".json",)

    def __init__(self, root: Path) -> None:
        self._layout = RootLayout(root)

    def compile(self, config: PipelineConfig, output: Path) -> None:
        """Writes TFX's intermediate representation of the pipeline, as JSON."""
        from tfx.dsl.compiler.compiler import Compiler

        from pipeline.engines.local.runner import local_pipeline

        compiled = Compiler().compile(local_pipeline(config))
        output.write_text(json_format.MessageToJson(compiled, sort_keys=True), encoding="utf-8")

    def submit(self, config: PipelineConfig, accepted: Acceptances, *, verbose: bool) -> int:
        """Runs the pipeline, prints its progress and report, and sends the notification."""
        return launch(config, accepted, verbose=verbose)

    def runs(self) -> RunTable:
        """Returns the runs of the root with their data and outcome.

        Raises:
          InputError: if the root has no runs.
        """
        with quiet_stderr():
            from pipeline.root.run_history import list_runs

            summaries = list_runs(self._layout.root)
        measures = [BY_KEY[task.measure_key] for task in TASKS]
        rows = [
            (
                run.run,
                run.started,
                "" if run.span is None else str(run.span),
                ": ".join(filter(None, (run.outcome, run.reason_title)))
                + ("; artifacts removed" if run.removed else ""),
                *(measure.format(run.metrics.get(measure.key)) for measure in measures),
            )
            for run in summaries
        ]
        headers = ("run", "started, UTC", "span", "outcome", *(task.name for task in TASKS))
        return RunTable(headers, rows, [run.to_dict() for run in summaries])

    def logs(self, run: str | None) -> Iterator[str]:
        """Yields the log of a run, complete or in progress.

        Raises:
          InputError: if there is no such run.
        """
        logs = {path.parent.name: path for path in self._layout.runs.glob(f"*/{LOG_FILE}")}
        if not logs:
            raise InputError(f"{self._layout.runs}: expected a run; none is there")
        run = run or max(logs)
        if run not in logs:
            raise InputError(
                f"{self._layout.runs}: expected the run {run}; the newest is {max(logs)}"
            )
        with logs[run].open(encoding="utf-8", errors="replace") as lines:
            yield from (line.rstrip("\n") for line in lines)
