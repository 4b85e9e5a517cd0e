"""The engines by their names."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.engines.engine import Engine
from pipeline.engines.kubeflow.engine import KubeflowEngine
from pipeline.engines.local.engine import LocalEngine
from pipeline.engines.vertex.engine import VertexEngine

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


ENGINES: dict[str, Callable[[Place], Engine]] = {
    "local": lambda place: LocalEngine(place.root),
    "kubeflow": lambda place: KubeflowEngine(place.connect, place.pipeline_name, place.namespace),
    "vertex": lambda _: VertexEngine(),
}
