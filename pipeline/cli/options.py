"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

root_option = click.option(
    "--root",
    default="utkface-root",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder that runs share.",
)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that pipeline.settings.config.load_config puts together."""
    for option in (
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="KEY=VALUE",
            help="Such as trainer.epochs=3.",
        ),
        click.option("--config", "config_path", help="A YAML file with settings."),
        click.option("--root", help="The folder that all runs share.  [default: ./utkface-root]"),
        click.option(
            "--data",
            multiple=True,
            help="A folder, a glob, or a .zip or .tar of UTKFace files, also a .tar that is "
            "compressed as .gz, .bz2, .xz or .zst; may be repeated. "
            "With {SPAN}, or {YYYY}, {MM} and perhaps {DD}, in it one of several is taken.",
        ),
    ):
        command = option(command)
    return command
