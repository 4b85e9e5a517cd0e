"""Logs of the pods of a run."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from pipeline.engines.kubeflow.api.errors import KubeflowError, reporting
from pipeline.engines.kubeflow.cluster.kube_context import connect_to_cluster

# Kubeflow Pipelines labels each pod of a run so, see LabelKeyWorkflowRunId in
# backend/src/common/util/consts.go. Argo runs the step in the container `main`.
_RUN_LABEL = "pipeline/runid"
_CONTAINER = "main"
_STEP = "workflows.argoproj.io/node-name"
_TIMEOUT = 60


def read_logs(run_id: str, namespace: str) -> Iterator[str]:
    """Yields the log of each pod of a run, after a line with the name of its step.

    Args:
      run_id: the id of the run on the server.
      namespace: the namespace of the pods.

    Raises:
      KubeflowError: if the cluster does not answer, or has no pod of the run.
    """
    api, cluster = connect_to_cluster()
    with reporting(f"read the logs in the namespace {namespace!r}", cluster):
        pods = api.list_namespaced_pod(
            namespace, label_selector=f"{_RUN_LABEL}={run_id}", _request_timeout=_TIMEOUT
        ).items
        if not pods:
            raise KubeflowError(
                f"Expected pods of the run {run_id!r} in the namespace {namespace!r} of {cluster}; "
                "found none. Name its namespace with --namespace. The pods of an old run may have "
                "been deleted."
            )
        for pod in sorted(pods, key=lambda pod: pod.metadata.creation_timestamp):
            step = (pod.metadata.annotations or {}).get(_STEP, pod.metadata.name)
            yield f"=== {step}: {pod.status.phase}"
            yield from _read_pod(api, pod.metadata.name, namespace)


def _read_pod(api: Any, name: str, namespace: str) -> Iterator[str]:
    from kubernetes.client.exceptions import ApiException

    try:
        answer = api.read_namespaced_pod_log(
            name,
            namespace,
            container=_CONTAINER,
            _preload_content=False,
            _request_timeout=_TIMEOUT,
        )
    except ApiException as error:
        # The container has not started, or its log is gone with its node.
        if error.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
            raise
        yield "(no log)"
        return
    for line in answer:
        yield line.decode("utf-8", errors="replace").rstrip("\n")
