"""What the specification of a pipeline's version says, as the server hands it out."""

from collections.abc import Mapping
from typing import Any


def bare_spec(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the pipeline's specification; the server may keep the platform's beside it."""
    found: Mapping[str, Any] = spec.get("pipeline_spec", spec)
    return found


def default_root(spec: Mapping[str, Any]) -> str | None:
    """Returns where the artifacts of a run are to go; None leaves it to the cluster.

    The backend does not look here itself: it goes by `pipeline_root` in the request for a run, and
    else by the ConfigMap kfp-launcher of the namespace.
    """
    root = bare_spec(spec).get("defaultPipelineRoot")
    return str(root) if root else None
