"""`utkface compile`: the pipeline as a file for an engine."""

from pathlib import Path

import click
from rich.console import Console

from pipeline.cli.commands import command
from pipeline.cli.engine_options import FindEngine, engine_options
from pipeline.cli.options import config_options
from pipeline.console.progress import show_waiting
from pipeline.console.quiet import quiet_stderr
from pipeline.settings.config import load_config


@command()
@config_options
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: pipeline.yaml for kubeflow, otherwise pipeline.json]",
)
@engine_options
def compile(
    data: tuple[str, ...],
    root: str | None,
    config_path: str | None,
    overrides: tuple[str, ...],
    output: Path | None,
    find_engine: FindEngine,
) -> None:
    """Write the compiled pipeline to a file, without a run.

    For kubeflow, the file is a package to upload; for vertex, a pipeline job; for local, what TFX
    runs, to compare the pipelines of two settings.
    """
    config = load_config(config_path, overrides=overrides, data=data or None, root=root)
    engine = find_engine(config.root, config.pipeline_name)
    output = output or Path(f"pipeline{engine.suffixes[0]}")
    if output.suffix not in engine.suffixes:
        raise click.UsageError(
            f"--output {output}: expected a name that ends in {engine.suffixes[0]}, which tells "
            "the engine what the file is"
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    with show_waiting(Console(), "compiling"), quiet_stderr():
        engine.compile(config, output.absolute())
    click.echo(f"{config.pipeline_name} compiled: {output}")
