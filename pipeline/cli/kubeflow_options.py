"""Options that the commands of `utkface kubeflow` share."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import click

from pipeline.settings.config import load_config

_Command = Callable[..., None]


def settings_options(command: _Command) -> _Command:
    """Adds --data, --config and --set to a command, which receives `config` instead."""

    @click.option(
        "--data",
        multiple=True,
        help="Bucket or mounted path that the steps read images from. Repeatable.",
    )
    @click.option("--config", "config_path", help="YAML file with settings.")
    @click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override a setting, e.g. kubeflow.image=X. Repeatable.",
    )
    @functools.wraps(command)
    def wrapper(
        data: tuple[str, ...],
        config_path: str | None,
        overrides: tuple[str, ...],
        **arguments: Any,
    ) -> None:
        config = load_config(config_path, overrides=overrides, data=data or None)
        command(config=config, **arguments)

    return wrapper


def parse_parameters(parameters: Sequence[str]) -> dict[str, str]:
    """Reads `NAME=VALUE` arguments.

    Raises:
      click.UsageError: if an argument has another form.
    """
    values: dict[str, str] = {}
    for parameter in parameters:
        key, equals, value = parameter.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--parameter {parameter}: expected NAME=VALUE")
        values[key] = value
    return values
