"""Options and error handling that the commands of `utkface kubeflow` share."""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pipeline.engines.kubeflow.api.errors import KubeflowError
from pipeline.settings.config import ConfigError

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient

_Command = Callable[..., None]


@contextmanager
def in_words() -> Iterator[None]:
    """Turns errors that the user can correct into click's errors, which have no traceback."""
    try:
        yield
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    except (KubeflowError, OSError) as error:
        raise click.ClickException(str(error)) from None
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "kfp":
            raise
        raise click.ClickException(
            "The SDK of Kubeflow Pipelines, kfp, is not installed: pip install "
            "'.[kubeflow]' in the project's folder."
        ) from None


def server_options(command: _Command) -> _Command:
    """Adds --endpoint and --namespace to a command, which receives `connect` instead."""

    @click.option(
        "--endpoint",
        envvar="KF_PIPELINES_ENDPOINT",
        show_envvar=True,
        help="Address of Kubeflow Pipelines, e.g. http://localhost:8080.",
    )
    @click.option("--namespace", help="Your namespace, if the cluster serves several users.")
    @functools.wraps(command)
    def wrapper(endpoint: str | None, namespace: str | None, **arguments: Any) -> None:
        def connect() -> "KubeflowClient":
            from pipeline.engines.kubeflow.api.client import KubeflowClient

            return KubeflowClient(endpoint, namespace)

        with in_words():
            command(connect=connect, **arguments)

    return wrapper


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
        from pipeline.settings.config import load_config

        with in_words():
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
