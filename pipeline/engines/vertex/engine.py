"""Vertex AI Pipelines as an engine, which this project compiles for."""

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from pipeline.acceptances import Acceptances
from pipeline.engines.engine import EngineError, RunTable
from pipeline.settings.config import PipelineConfig


class VertexEngine:
    """Compiles the pipeline for Vertex AI; Google's own tools submit and watch runs."""

    suffixes: tuple[str, ...] = (".json",)

    def compile(self, config: PipelineConfig, output: Path) -> None:
        """Writes the job of the pipeline.

        Raises:
          ConfigError: if the settings do not fit Vertex AI.
        """
        from pipeline.engines.vertex.runner import VertexRunner

        VertexRunner(config, output).compile()

    def submit(self, config: PipelineConfig, accepted: Acceptances, *, verbose: bool) -> int:
        """Raises EngineError."""
        _refuse()

    def runs(self) -> RunTable:
        """Raises EngineError."""
        _refuse()

    def logs(self, run: str | None) -> Iterator[str]:
        """Raises EngineError."""
        _refuse()


def _refuse() -> NoReturn:
    raise EngineError(
        "This command does not reach Vertex AI. Compile the pipeline with `utkface compile "
        "--engine vertex`, and submit the file with google-cloud-aiplatform's PipelineJob or in "
        "the Google Cloud console, which also shows runs and logs."
    )
