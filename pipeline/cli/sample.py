"""`utkface sample`: drawn faces to try the pipeline on."""

from pathlib import Path

import click

from pipeline.console.terminal import echo


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--count", default=600, show_default=True, help="How many pictures.")
@click.option("--seed", default=7, show_default=True, help="Equal seeds draw equal pictures.")
def sample(out: Path, count: int, seed: int) -> None:
    """Draws COUNT face-like pictures with UTKFace names into the folder OUT.

    They are drawings: good for trying the pipeline, worthless for judging a model.
    """
    from pipeline.tools.sample import write_samples

    with click.progressbar(length=count, label="drawing") as bar:
        try:
            paths = write_samples(out, count=count, seed=seed, progress=lambda _: bar.update(1))
        except (ValueError, OSError) as error:
            raise click.UsageError(str(error)) from None
    echo(f"{len(paths)} drawings in {out}")
