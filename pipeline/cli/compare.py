"""`utkface compare`: which settings train the better model, and at what cost."""

from pathlib import Path

import click
from rich.console import Console

from pipeline.cli.commands import command
from pipeline.cli.options import set_option
from pipeline.console.exit_codes import ExitCode
from pipeline.tools.compare.candidates import load_candidates, parse_seeds


@command()
@click.argument("configs", nargs=-1, required=True, metavar="CONFIG...")
@click.option(
    "--root",
    "--run",
    default="utkface-root",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder that runs share. The newest splits that a run trained on are used.",
)
@click.option(
    "--seeds", default="1,2,3", show_default=True, help="Train each config once per seed."
)
@click.option(
    "--split",
    type=click.Choice(["eval", "test"]),
    default="eval",
    show_default=True,
    help="Split to measure on. Choose a config by eval; report your choice by test.",
)
@click.option(
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the results: new, or of an earlier comparison, which is continued.",
)
@set_option("trainer.epochs=3, in every config")
@click.option("-v", "--verbose", is_flag=True, help="Show the log of the trainings.")
@click.pass_context
def compare(
    context: click.Context,
    configs: tuple[str, ...],
    root: Path,
    seeds: str,
    split: str,
    output: Path,
    overrides: tuple[str, ...],
    verbose: bool,
) -> None:
    """Train each CONFIG with several seeds on the same splits, and compare the results.

    A CONFIG is an architecture - compact, pretrained, seed or shared - or a YAML file with the
    settings of `trainer`, alone or in a section of that name. Run the command again after an
    interruption, or with more configs or seeds: it trains only what has no result yet.

    Exit codes: 0 all configs are compared; 1 a training failed, and the others are compared; 2 bad
    usage or input.
    """
    candidates = load_candidates(configs, overrides)
    numbers = parse_seeds(seeds)
    from pipeline.tools.compare.comparison import compare as run

    complete = run(
        candidates,
        numbers,
        root=root,
        split=split,
        output=output,
        console=Console(),
        verbose=verbose,
    )
    if not complete:
        context.exit(ExitCode.FAILED)
