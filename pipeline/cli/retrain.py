"""`utkface retrain`: the command that a schedule runs."""

import click

from pipeline.cli.commands import command
from pipeline.cli.options import config_options, no_cache_option
from pipeline.operations.retraining import retrain as run
from pipeline.settings.config import load_config


@command()
@config_options
@click.option(
    "--span", help="Train on this span, by number, date or month, even if it was run before."
)
@no_cache_option
@click.option("-v", "--verbose", is_flag=True, help="Show the log on the console.")
@click.pass_context
def retrain(
    context: click.Context,
    data: tuple[str, ...],
    root: str | None,
    config_path: str | None,
    overrides: tuple[str, ...],
    span: str | None,
    no_cache: bool,
    verbose: bool,
) -> None:
    """Run the pipeline on the newest complete span, unless it was run before.

    Training starts from the model blessed last, unless trainer.warm_start says otherwise.

    Exit codes: 0 the model was pushed, or there is nothing new; 3 it was not blessed; 4 the
    data gate stopped the run; 5 another run uses the root; 2 bad usage or input; 130 or
    143 stopped by Ctrl-C or SIGTERM; 1 anything else.
    """
    if span is not None:
        overrides = (*overrides, f"span={span}")
    config = load_config(
        config_path,
        overrides=overrides,
        data=data or None,
        root=root,
        cache=False if no_cache else None,
    )
    context.exit(run(config, verbose=verbose))
