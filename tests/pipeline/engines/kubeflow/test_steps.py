"""The resources, placement and retries of each step of a compiled package."""

from pathlib import Path

import pytest
import yaml

from pipeline.engines.kubeflow.compiling.runner import compile_pipeline, compile_retraining
from pipeline.engines.kubeflow.specs.spec import container_tasks
from pipeline.settings.config import ConfigError, load_config

# A repeated push completes the version that an earlier attempt began: see
# tests/components/pusher/test_push.py.
ONCE = {"GateKeeper", "ModelRecorder", "StatisticsRecorder"}


def compile_with(folder: Path, *overrides: str, compile_package=compile_pipeline):
    """Returns the specification, and the resources and Kubernetes settings by step."""
    config = load_config(data="/data/{SPAN}", overrides=overrides)
    path = folder / "package.yaml"
    compile_package(config, path)
    spec, platform = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    executors = spec["deploymentSpec"]["executors"]
    configs = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    labels = {name: one["executorLabel"] for name, _, one in container_tasks(spec)}
    assert {*labels.values()} == configs.keys() == executors.keys()
    resources = {name: executors[label]["container"]["resources"] for name, label in labels.items()}
    return spec, resources, {name: configs[label] for name, label in labels.items()}


@pytest.mark.parametrize("compile_package", [compile_pipeline, compile_retraining])
def test_every_step_has_requests_limits_and_a_time_limit(compile_package, tmp_path):
    _, resources, configs = compile_with(tmp_path, compile_package=compile_package)
    assert len(resources) == 24
    for name, found in resources.items():
        assert found["cpuRequest"] == found["cpuLimit"] >= 1, name
        assert found["memoryRequest"] == found["memoryLimit"] >= 2, name
        assert configs[name]["activeDeadlineSeconds"] >= 3600, name
    with_gpu = [name for name, found in resources.items() if "accelerator" in found]
    assert with_gpu == ["Trainer"]
    assert resources["Trainer"] == {
        **{"cpuLimit": 4.0, "memoryLimit": 16.0, "cpuRequest": 4.0, "memoryRequest": 16.0},
        "accelerator": {"type": "nvidia.com/gpu", "count": "1"},
    }


def test_step_settings_override_the_default_of_all_steps(tmp_path):
    _, resources, configs = compile_with(
        tmp_path,
        "kubeflow.steps.Trainer={gpus: 0, cpu: 8, cpu_request: 2.5}",
        "kubeflow.steps.Transform={memory_gb: 12, timeout_hours: 0.5}",
        "kubeflow.steps.default={cpu: 0.5, node_selector: {pool: faces}}",
    )
    assert resources["Trainer"] == {
        **{"cpuLimit": 8.0, "memoryLimit": 16.0, "cpuRequest": 2.5, "memoryRequest": 16.0}
    }
    assert resources["Transform"]["memoryLimit"] == 12.0
    assert resources["Pusher"]["cpuLimit"] == 0.5
    # The built-in default of a step overrides the default of all steps.
    assert resources["Transform"]["cpuLimit"] == 2.0
    assert configs["Transform"]["activeDeadlineSeconds"] == 1800
    assert {tuple(one["nodeSelector"]["labels"].items()) for one in configs.values()} == {
        (("pool", "faces"),)
    }


def test_placement_settings_are_written_as_kubernetes_fields(tmp_path):
    _, _, configs = compile_with(
        tmp_path,
        "kubeflow.steps.Trainer.tolerations=[{key: gpu, operator: Exists, effect: NoSchedule}]",
        "kubeflow.steps.Trainer.node_affinity="
        "[{match_expressions: [{key: zone, operator: In, values: [a, b]}]},"
        " {match_expressions: [{key: ssd, operator: Exists}], weight: 10}]",
        "kubeflow.security_context={run_as_user: 1001, run_as_non_root: true}",
        "kubeflow.volumes=[{claim: faces, mount_path: /data, sub_path: faces/2026}]",
    )
    trainer = configs["Trainer"]
    assert trainer["tolerations"] == [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert trainer["nodeAffinity"] == [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]},
        {"matchExpressions": [{"key": "ssd", "operator": "Exists"}], "weight": 10},
    ]
    assert "tolerations" not in configs["Pusher"]
    for one in configs.values():
        assert one["securityContext"] == {"runAsUser": 1001, "runAsNonRoot": True}
        (mount,) = one["pvcMount"]
        assert mount == {"constant": "faces", "mountPath": "/data", "subPath": "faces/2026"}


def test_fields_unknown_to_older_backends_are_written_only_if_set(tmp_path):
    _, _, configs = compile_with(tmp_path, "kubeflow.volumes=[{claim: c, mount_path: /data}]")
    for one in configs.values():
        assert one.keys() <= {
            *("imagePullPolicy", "activeDeadlineSeconds", "secretAsEnv", "pvcMount")
        }
        assert one["pvcMount"] == [{"constant": "c", "mountPath": "/data"}]


def test_the_messages_of_the_sdk_accept_all_settings(tmp_path):
    """Runs only in the lane whose protobuf has the messages."""
    messages = pytest.importorskip("kfp.kubernetes.kubernetes_executor_config_pb2")
    from google.protobuf import json_format

    _, _, configs = compile_with(
        tmp_path,
        "kubeflow.steps.default.node_affinity=[{match_expressions: [{key: a, operator: Exists}]}]",
        "kubeflow.security_context={run_as_group: 0}",
        "kubeflow.volumes=[{claim: faces, mount_path: /data, sub_path: x}]",
        "kubeflow.webhook={name: hook, key: url}",
        "kubeflow.image_pull_secrets=[registry]",
    )
    for one in configs.values():
        message = json_format.ParseDict(one, messages.KubernetesExecutorConfig())
        assert message.pvc_mount[0].sub_path == "x"
        assert message.active_deadline_seconds == one["activeDeadlineSeconds"]


def test_only_steps_that_may_be_repeated_are_retried(tmp_path):
    spec, _, _ = compile_with(tmp_path, "kubeflow.run_timeout_hours=10")
    policies = {name: task.get("retryPolicy") for name, task, _ in container_tasks(spec)}
    assert {name for name, policy in policies.items() if policy is None} == ONCE
    # Argo's limit includes the attempts, so the hour that kfp sets is too short.
    assert policies["Trainer"] == {
        "maxRetryCount": 2,
        "backoffDuration": "30s",
        "backoffFactor": 2.0,
        "backoffMaxDuration": "36000s",
    }


def test_the_number_of_retries_of_a_step_can_be_set(tmp_path):
    spec, _, _ = compile_with(
        tmp_path,
        "kubeflow.steps={default: {retries: 0}, Trainer: {retries: 5}, Pusher: {retries: 1}}",
    )
    policies = {name: task.get("retryPolicy") for name, task, _ in container_tasks(spec)}
    assert policies.pop("Trainer")["maxRetryCount"] == 5
    assert policies.pop("Pusher")["maxRetryCount"] == 1
    assert {*policies.values()} == {None}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "kubeflow.steps.ModelRecorder.retries=1",
            "kubeflow.steps.ModelRecorder.retries: expected 0, because each attempt would add an",
        ),
        (
            "kubeflow.steps.Trainr.cpu=1",
            "kubeflow.steps.Trainr: expected default or a step of the pipeline: Baseline",
        ),
    ],
)
def test_settings_that_a_step_cannot_have_are_refused(override, message, tmp_path):
    with pytest.raises(ConfigError) as caught:
        compile_with(tmp_path, override)
    assert str(caught.value).startswith(message)
