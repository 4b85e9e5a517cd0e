"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

root_option = click.option(
    "--root",
    default="utkface-root",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder that runs share.",
)

name_option = click.option(
    "--name",
    default="utkface",
    show_default=True,
    help="Pipeline on a server, see the setting pipeline_name.",
)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that load_config combines."""
    for option in (
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="KEY=VALUE",
            help="Override a setting, e.g. trainer.epochs=3. Repeatable.",
        ),
        click.option("--config", "config_path", help="YAML file with settings."),
        click.option("--root", help="Folder that runs share.  [default: ./utkface-root]"),
        click.option(
            "--data",
            multiple=True,
            help="Folder, glob, .zip or .tar of UTKFace files; a .tar may be compressed as .gz, "
            ".bz2, .xz or .zst. With {SPAN}, or {YYYY}, {MM} and optionally {DD}, in the path, a "
            "run takes one span of several. Repeatable.",
        ),
    ):
        command = option(command)
    return command
