"""`utkface sample`: drawn faces to try the pipeline on."""

from pathlib import Path

import click

from pipeline.cli.commands import command
from pipeline.console.terminal import echo
from pipeline.tools.sample import write_samples


@command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--count", default=600, show_default=True, help="Number of images.")
@click.option(
    "--seed",
    default=7,
    show_default=True,
    help="Seed of the drawings. The same seed draws the same images.",
)
def sample(out: Path, count: int, seed: int) -> None:
    """Draw COUNT face-like images with UTKFace names into the folder OUT.

    Use them to try the pipeline. They say nothing about how a model does on photographs.
    """
    with click.progressbar(length=count, label="drawing") as bar:
        try:
            paths = write_samples(out, count=count, seed=seed, progress=lambda _: bar.update(1))
        except (ValueError, OSError) as error:
            raise click.UsageError(str(error)) from None
    echo(f"{len(paths)} drawings in {out}")
