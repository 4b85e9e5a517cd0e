"""What only Kubernetes understands: the second document of a compiled package."""

from typing import Any

from pipeline.kubeflow.settings import KubeflowSettings


def platform_spec(
    spec: dict[str, Any], settings: KubeflowSettings, *, trainer: str
) -> dict[str, Any]:
    """Returns the platform document of a pipeline specification.

    The fields are those of KubernetesExecutorConfig in Kubeflow Pipelines'
    kubernetes_platform/proto/kubernetes_executor_config.proto.

    Args:
      spec: a pipeline specification.
      settings: what the cluster is told.
      trainer: the name of the component that trains.
    """
    executors = {}
    for name, component in spec["components"].items():
        if "dag" in component:
            continue
        config = _every_step(settings)
        if name == trainer:
            config |= _training_step(settings)
        executors[component["executorLabel"]] = config
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def _every_step(settings: KubeflowSettings) -> dict[str, Any]:
    config: dict[str, Any] = {"imagePullPolicy": settings.image_pull_policy}
    if settings.image_pull_secrets:
        config["imagePullSecret"] = [{"secretName": name} for name in settings.image_pull_secrets]
    if settings.volumes:
        config["pvcMount"] = [
            {"constant": volume.claim, "mountPath": volume.mount_path}
            for volume in settings.volumes
        ]
    as_variables = [
        {
            "secretName": secret.name,
            "keyToEnv": [
                {"secretKey": key, "envVar": variable} for variable, key in secret.env.items()
            ],
        }
        for secret in settings.secrets
        if secret.env
    ]
    as_files = [
        {"secretName": secret.name, "mountPath": secret.mount_path}
        for secret in settings.secrets
        if secret.mount_path
    ]
    if as_variables:
        config["secretAsEnv"] = as_variables
    if as_files:
        config["secretAsVolume"] = as_files
    return config


def _training_step(settings: KubeflowSettings) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if settings.node_selector:
        config["nodeSelector"] = {"labels": settings.node_selector}
    if settings.tolerations:
        config["tolerations"] = [
            toleration.model_dump(exclude_defaults=True) for toleration in settings.tolerations
        ]
    return config
