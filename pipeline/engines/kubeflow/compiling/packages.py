"""Compiles packages for a command, and removes them after use."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rich.console import Console

from pipeline.console.progress import show_waiting
from pipeline.console.quiet import quiet_stderr
from pipeline.settings.config import PipelineConfig


def compiled_pipeline(config: PipelineConfig) -> AbstractContextManager[Path]:
    """Compiles the pipeline."""

    def compile(package: Path) -> None:
        from pipeline.engines.kubeflow.compiling.runner import compile_pipeline

        compile_pipeline(config, package)

    return _compiled(compile)


def compiled_retraining(config: PipelineConfig) -> AbstractContextManager[Path]:
    """Compiles the pipeline for a schedule."""

    def compile(package: Path) -> None:
        from pipeline.engines.kubeflow.compiling.runner import compile_retraining

        compile_retraining(config, package)

    return _compiled(compile)


@contextmanager
def _compiled(compile: Callable[[Path], None]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "pipeline.yaml")
        with show_waiting(Console(), "compiling"), quiet_stderr():
            compile(package)
        yield package
