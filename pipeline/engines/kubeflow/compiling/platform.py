"""The Kubernetes settings of a package, its second document."""

import importlib.util
from typing import Any

from google.protobuf import json_format

from pipeline.engines.kubeflow.specs.spec import container_tasks
from pipeline.settings.kubeflow import KubeflowSettings
from pipeline.settings.kubeflow_steps import StepSettings
from pipeline.settings.reserved_variables import WEBHOOK_VARIABLE

Json = dict[str, Any]


def platform_spec(
    spec: Json, settings: KubeflowSettings, steps: dict[str, StepSettings], *, reporter: str
) -> Json:
    """Returns the platform document of a pipeline specification.

    The fields are those of KubernetesExecutorConfig in Kubeflow Pipelines'
    kubernetes_platform/proto/kubernetes_executor_config.proto. If kfp-kubernetes is installed,
    its message class validates them.

    Args:
      spec: a pipeline specification.
      settings: the settings of the cluster.
      steps: the settings of each step.
      reporter: the step that calls the webhook.
    """
    executors = {}
    for name, _, component in container_tasks(spec):
        config = _every_step(settings) | _placement(steps[name])
        if name == reporter and settings.webhook:
            config["secretAsEnv"] = [*config.get("secretAsEnv", []), _webhook(settings)]
        executors[component["executorLabel"]] = check_message(config)
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def check_message(config: Json) -> Json:
    """Returns a KubernetesExecutorConfig unchanged.

    Raises:
      google.protobuf.json_format.ParseError: if the config is invalid.
    """
    # The last release for the legacy lane's protobuf lacks most of the fields.
    if importlib.util.find_spec("kfp.kubernetes"):
        from kfp.kubernetes import kubernetes_executor_config_pb2

        json_format.ParseDict(config, kubernetes_executor_config_pb2.KubernetesExecutorConfig())
    return config


def _every_step(settings: KubeflowSettings) -> Json:
    config: Json = {"imagePullPolicy": settings.image_pull_policy}
    if settings.image_pull_secrets:
        config["imagePullSecret"] = [{"secretName": name} for name in settings.image_pull_secrets]
    if settings.volumes:
        config["pvcMount"] = [
            {"constant": volume.claim, "mountPath": volume.mount_path}
            # Backends before 2.16 do not know the field.
            | ({"subPath": volume.sub_path} if volume.sub_path else {})
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
    identity = settings.security_context
    if identity.model_dump(exclude_none=True):
        config["securityContext"] = {
            key: value
            for key, value in (
                ("runAsUser", identity.run_as_user),
                ("runAsGroup", identity.run_as_group),
                ("runAsNonRoot", identity.run_as_non_root),
            )
            if value is not None
        }
    return config


def _placement(step: StepSettings) -> Json:
    config: Json = {"activeDeadlineSeconds": int((step.timeout_hours or 0) * 3600)}
    if step.node_selector:
        config["nodeSelector"] = {"labels": step.node_selector}
    if step.tolerations:
        config["tolerations"] = [
            toleration.model_dump(exclude_defaults=True) for toleration in step.tolerations
        ]
    if step.node_affinity:
        config["nodeAffinity"] = [
            {
                "matchExpressions": [
                    one.model_dump(mode="json", exclude_defaults=True)
                    for one in term.match_expressions
                ],
                **({} if term.weight is None else {"weight": term.weight}),
            }
            for term in step.node_affinity
        ]
    return config


def _webhook(settings: KubeflowSettings) -> Json:
    webhook = settings.webhook
    assert webhook
    return {
        "secretName": webhook.name,
        "keyToEnv": [{"secretKey": webhook.key, "envVar": WEBHOOK_VARIABLE}],
    }
