"""Reads the specification of a pipeline version, as the server returns it."""

from collections.abc import Mapping
from typing import Any


def bare_spec(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the pipeline specification; the server may add the platform specification to it."""
    found: Mapping[str, Any] = spec.get("pipeline_spec", spec)
    return found


def default_root(spec: Mapping[str, Any]) -> str | None:
    """Returns where the artifacts of a run go; None leaves the choice to the cluster.

    The backend does not read this itself: it uses `pipeline_root` in the request for a run, and
    otherwise the ConfigMap kfp-launcher of the namespace.
    """
    root = bare_spec(spec).get("defaultPipelineRoot")
    return str(root) if root else None
