"""Finds an engine by its name, and imports no other."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.engines.engine import Engine

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an engine finds its runs.

    Attributes:
      root: the folder that the runs on this machine share.
      pipeline_name: the pipeline on a server.
      namespace: the namespace of the pods on a cluster.
      connect: returns a client of Kubeflow Pipelines.
    """

    root: Path
    pipeline_name: str
    namespace: str
    connect: "Callable[[], KubeflowClient]"


def _local(place: Place) -> Engine:
    from pipeline.engines.local.engine import LocalEngine

    return LocalEngine(place.root)


def _kubeflow(place: Place) -> Engine:
    from pipeline.engines.kubeflow.engine import KubeflowEngine

    return KubeflowEngine(place.connect, place.pipeline_name, place.namespace)


def _vertex(_: Place) -> Engine:
    from pipeline.engines.vertex.engine import VertexEngine

    return VertexEngine()


ENGINES: dict[str, Callable[[Place], Engine]] = {
    "local": _local,
    "kubeflow": _kubeflow,
    "vertex": _vertex,
}
