"""Connects to the Kubernetes API through kubectl's settings."""

from typing import Any

from pipeline.engines.kubeflow.api.errors import KubeflowError, explain_failure

# Seconds per call.
_TIMEOUT = 10


def connect_to_cluster() -> tuple[Any, str]:
    """Returns a CoreV1Api of kubectl's current cluster, and a name for the cluster in messages.

    Raises:
      KubeflowError: if kubectl has no context, or the cluster does not answer.
    """
    from kubernetes import client, config

    settings = client.Configuration()
    try:
        _, active = config.list_kube_config_contexts()
        config.load_kube_config(client_configuration=settings, persist_config=False)
    except config.ConfigException as error:
        raise KubeflowError(
            f"Expected a cluster in kubectl's settings (KUBECONFIG, or ~/.kube/config); {error}"
        ) from None
    # One attempt: urllib3 would make four, each as long.
    settings.retries = 0
    name = f"the cluster of kubectl's context {active['name']!r}"
    connection = client.ApiClient(settings)
    try:
        client.VersionApi(connection).get_code(_request_timeout=_TIMEOUT)
    # Any layer may raise its own errors, as in the SDK of Kubeflow Pipelines.
    except Exception as error:
        found, _ = explain_failure(error)
        raise KubeflowError(
            f"Could not reach {name} on {settings.host}: {found}. Choose another context with "
            "`kubectl config use-context`."
        ) from error
    return client.CoreV1Api(connection), name
