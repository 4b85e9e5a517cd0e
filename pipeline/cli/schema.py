"""`utkface schema`: compares the schema with statistics; only people edit the curated schema."""

from pathlib import Path

import click

from components.errors import InputError
from pipeline.cli.commands import group
from pipeline.cli.options import config_option, usage_errors
from pipeline.console.output_files import check_outputs, write_atomically
from pipeline.console.quiet import quiet_stderr
from pipeline.console.terminal import echo
from pipeline.settings.config import PipelineConfig, load_config
from pipeline.tools.schema.files import load_schema
from pipeline.tools.schema.proposal import canonical_text, propose
from pipeline.tools.schema.proposal import infer as infer_schema
from pipeline.tools.schema.statistics_files import latest_statistics, load_statistics

_statistics = click.argument("statistics", required=False)
_root = click.option(
    "--root", help="Use the newest statistics of this root.  [default: utkface-root]"
)


@group()
def schema() -> None:
    """Compare the schema with the statistics of a run, or infer one."""


@schema.command()
@_statistics
@_root
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write. An existing file is not overwritten.",
)
def infer(statistics: str | None, root: str | None, out: Path | None) -> None:
    """Infer a schema from the statistics of the train split.

    STATISTICS is a FeatureStats.pb, or the folder of a StatisticsGen artifact.
    """
    with usage_errors(OSError):
        if out:
            if out.is_file():
                raise InputError(
                    f"{out}: expected a new file; it exists, and is not overwritten. Choose "
                    "another path."
                )
            check_outputs([out], [])
        with quiet_stderr():
            loaded = load_statistics(_find_statistics(statistics, None, root))
            text = canonical_text(infer_schema(loaded))
    if not out:
        click.echo(text, nl=False)
        return
    with write_atomically(out) as file:
        file.write(text)
    echo(f"schema inferred: {out}")


@schema.command()
@_statistics
@_root
@click.option(
    "--schema", "schema_file", help="Schema to compare.  [default: schema_file of the settings]"
)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def diff(
    context: click.Context,
    statistics: str | None,
    root: str | None,
    schema_file: str | None,
    config_path: str | None,
    as_json: bool,
) -> None:
    """Propose changes to the schema, so that it fits the statistics of all splits.

    STATISTICS is a FeatureStats.pb, or the folder of a StatisticsGen artifact.

    Exit codes: 0 the schema fits; 1 there are proposals; 2 bad usage or input.
    """
    with usage_errors(OSError):
        path = _find_statistics(statistics, config_path, root)
        schema_file = schema_file or _load_settings(config_path, root).schema_file
        with quiet_stderr():
            curated, loaded = load_schema(schema_file), load_statistics(path)
            proposal = propose(curated, loaded, names=(schema_file, f"proposed for {path}"))
    if as_json:
        click.echo(proposal.to_json())
    elif not proposal.diff:
        echo("the schema fits these statistics")
        echo(f"schema      {schema_file}")
        echo(f"statistics  {path}")
    else:
        for change in proposal.changes:
            echo(change.words)
        echo(f"\n{proposal.diff.removesuffix(chr(10))}")
        echo(f"\nNo file was changed. Edit {schema_file} where you agree.", err=True)
    context.exit(1 if proposal.diff else 0)


def _find_statistics(statistics: str | None, config_path: str | None, root: str | None) -> str:
    if statistics is None:
        return latest_statistics(Path(_load_settings(config_path, root).root))
    if root is not None:
        raise InputError("Expected STATISTICS or --root; found both. Leave one out.")
    return statistics


def _load_settings(config_path: str | None, root: str | None) -> PipelineConfig:
    # No images are read, so any path with a span is valid.
    return load_config(config_path, data="{YYYY}-{MM}-{DD}", root=root)
