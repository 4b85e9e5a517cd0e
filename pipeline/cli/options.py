"""Options that several commands have."""

from pathlib import Path

import click

root_option = click.option(
    "--root",
    default="utkface-root",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder that runs share.",
)
