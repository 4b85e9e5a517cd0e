"""The option that names an engine, and the options of a server."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline.engines.engine import Engine
from pipeline.engines.engines import ENGINES, Place

_Command = Callable[..., None]
# Kubeflow Pipelines runs the pods of a single user here.
_NAMESPACE = "kubeflow"

FindEngine = Callable[[str | Path, str], Engine]


def server_options(command: _Command) -> _Command:
    """Adds --endpoint and --namespace to a command, which receives `connect` instead."""

    @_endpoint_option
    @_namespace_option
    @functools.wraps(command)
    def wrapper(endpoint: str | None, namespace: str | None, **arguments: Any) -> None:
        command(connect=_connector(endpoint, namespace), **arguments)

    return wrapper


def engine_options(command: _Command) -> _Command:
    """Adds --engine, --endpoint and --namespace to a command.

    The command receives `find_engine` instead, a function of the root and the pipeline's name.
    """

    @click.option(
        "--engine",
        type=click.Choice([*ENGINES]),
        default="local",
        show_default=True,
        help="Engine of the pipeline.",
    )
    @_endpoint_option
    @_namespace_option
    @functools.wraps(command)
    def wrapper(engine: str, endpoint: str | None, namespace: str | None, **arguments: Any) -> None:
        def find_engine(root: str | Path, pipeline_name: str) -> Engine:
            place = Place(
                root=Path(root),
                pipeline_name=pipeline_name,
                namespace=namespace or _NAMESPACE,
                connect=_connector(endpoint, namespace),
            )
            return ENGINES[engine](place)

        command(find_engine=find_engine, **arguments)

    return wrapper


_endpoint_option = click.option(
    "--endpoint",
    envvar="KF_PIPELINES_ENDPOINT",
    show_envvar=True,
    help="Address of Kubeflow Pipelines, e.g. http://localhost:8080.",
)
_namespace_option = click.option(
    "--namespace", help="Your namespace, if the cluster serves several users."
)


def _connector(endpoint: str | None, namespace: str | None) -> Callable[[], Any]:
    def connect() -> Any:
        from pipeline.engines.kubeflow.api.client import KubeflowClient

        return KubeflowClient(endpoint, namespace)

    return connect
