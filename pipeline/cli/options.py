"""Options that several commands share."""

import contextlib
from collections.abc import Callable, Iterator
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

config_option = click.option("--config", "config_path", help="YAML file with settings.")


def set_option(example: str = "trainer.epochs=3") -> Callable[..., Any]:
    """Returns the option for overrides; the help has the example."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help=f"Override a setting, e.g. {example}. Repeatable.",
    )


@contextlib.contextmanager
def usage_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Reports further kinds of errors as bad usage, as commands report an InputError."""
    try:
        yield
    except kinds as error:
        raise click.UsageError(str(error)) from None


no_cache_option = click.option(
    "--no-cache",
    is_flag=True,
    help="Compute every step, also those whose code, settings and inputs have not changed.",
)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that load_config combines."""
    for option in (
        set_option(),
        config_option,
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
