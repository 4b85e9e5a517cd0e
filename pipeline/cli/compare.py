"""`utkface compare`: which settings train the better model, and at what cost."""

from pathlib import Path

import click

from pipeline.settings.config import ConfigError


@click.command()
@click.argument("configs", nargs=-1, required=True, metavar="CONFIG...")
@click.option(
    "--root",
    "--run",
    default="utkface-root",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder that runs share; the newest splits that one came to train on are used.",
)
@click.option("--seeds", default="1,2,3", show_default=True, help="A training for each of them.")
@click.option(
    "--split",
    type=click.Choice(["eval", "test"]),
    default="eval",
    show_default=True,
    help="What is measured on: choose by eval, and tell of what you chose by test.",
)
@click.option(
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder, or one of an earlier comparison, whose results are kept.",
)
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Such as trainer.epochs=3."
)
@click.option("-v", "--verbose", is_flag=True, help="Show what the trainings log as well.")
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
    """Trains each CONFIG with several seeds on the splits of a run, and compares them.

    A CONFIG is an architecture - compact, pretrained, seed or shared - or a YAML file with the
    settings of `trainer`, alone or in a section of that name. Run it again after an interruption,
    or with more configs or seeds: only what has no result is trained.

    Exit codes: 0 all are compared; 1 a training failed, and the others are compared; 2 bad usage
    or input.
    """
    from pipeline.tools.compare.candidates import load_candidates, parse_seeds

    try:
        candidates = load_candidates(configs, overrides)
        numbers = parse_seeds(seeds)
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    from rich.console import Console

    from components.errors import InputError
    from pipeline.console.exit_codes import ExitCode
    from pipeline.tools.compare.child import ChildError
    from pipeline.tools.compare.comparison import compare as run

    try:
        whole = run(
            candidates,
            numbers,
            root=root,
            split=split,
            output=output,
            console=Console(),
            verbose=verbose,
        )
    except InputError as error:
        raise click.UsageError(str(error)) from None
    except (ChildError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if not whole:
        context.exit(ExitCode.FAILED)
