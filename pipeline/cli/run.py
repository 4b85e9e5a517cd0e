"""`utkface run`: from files to a pushed model."""

import click

from pipeline.acceptances import Acceptances
from pipeline.cli.commands import command
from pipeline.cli.engine_options import FindEngine, engine_options
from pipeline.cli.options import config_options, no_cache_option
from pipeline.settings.config import load_config


@command()
@config_options
@click.option(
    "--accept-anomalies",
    metavar="REASON",
    help="Continue although the data gate says stop. Your user name and the reason are recorded.",
)
@click.option(
    "--accept-unfairness",
    metavar="REASON",
    help="Publish a model that fails a group. Your user name and the reason are recorded.",
)
@no_cache_option
@click.option("-v", "--verbose", is_flag=True, help="Show the log on the console.")
@engine_options
@click.pass_context
def run(
    context: click.Context,
    data: tuple[str, ...],
    root: str | None,
    config_path: str | None,
    overrides: tuple[str, ...],
    accept_anomalies: str | None,
    accept_unfairness: str | None,
    no_cache: bool,
    verbose: bool,
    find_engine: FindEngine,
) -> None:
    """Run the whole pipeline, from files to a published model.

    On Kubeflow, upload the pipeline, start a run and print its page.

    Exit codes: 0 the model was pushed; 3 it was not blessed; 4 the data gate
    stopped the run; 5 another run uses the root; 2 bad usage or input; 130 or
    143 stopped by Ctrl-C or SIGTERM; 1 anything else.
    """
    config = load_config(
        config_path,
        overrides=overrides,
        data=data or None,
        root=root,
        cache=False if no_cache else None,
    )
    accepted = Acceptances(
        anomalies=_check_reason("--accept-anomalies", accept_anomalies),
        unfairness=_check_reason("--accept-unfairness", accept_unfairness),
    )
    engine = find_engine(config.root, config.pipeline_name)
    context.exit(engine.submit(config, accepted, verbose=verbose))


def _check_reason(option: str, reason: str | None) -> str:
    if reason is None:
        return ""
    reason = reason.strip()
    if not any(character.isalnum() for character in reason):
        raise click.UsageError(f"{option}: expected a reason; found none")
    if not reason.isprintable():
        raise click.UsageError(
            f"{option}: expected one line of text; found characters that cannot be printed"
        )
    return reason
