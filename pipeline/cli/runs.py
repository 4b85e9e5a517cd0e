"""`utkface runs`: the runs of an engine and their outcomes."""

import json
from pathlib import Path

import click

from pipeline.cli.commands import command
from pipeline.cli.engine_options import FindEngine, engine_options
from pipeline.cli.options import name_option, root_option
from pipeline.cli.tables import print_table


@command()
@root_option
@name_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per run.")
@engine_options
def runs(root: Path, name: str, as_json: bool, find_engine: FindEngine) -> None:
    """List the runs, newest first, with their data and outcome."""
    table = find_engine(root, name).runs()
    if as_json:
        click.echo(json.dumps(table.records, indent=2))
    elif not table.rows:
        click.echo(f"no runs of {name}")
    else:
        print_table(table.headers, table.rows)
