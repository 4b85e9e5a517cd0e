"""Resources and retries of each step."""

from collections.abc import Mapping
from typing import Any

from pipeline.engines.kubeflow.specs.spec import container_of, container_tasks
from pipeline.settings.config import ConfigError
from pipeline.settings.kubeflow import KubeflowSettings
from pipeline.settings.kubeflow_steps import DEFAULT, StepSettings, resolve_step


def resolve_steps(spec: dict[str, Any], settings: KubeflowSettings) -> dict[str, StepSettings]:
    """Returns the settings of every step of a specification.

    Raises:
      ConfigError: if `kubeflow.steps` names an unknown step, or a step has invalid settings.
    """
    names = sorted(name for name, _, _ in container_tasks(spec))
    if unknown := sorted(settings.steps.keys() - {*names, DEFAULT}):
        raise ConfigError(
            f"kubeflow.steps.{unknown[0]}: expected {DEFAULT} or a step of the pipeline: "
            f"{', '.join(names)}"
        )
    try:
        return {name: resolve_step(name, settings.steps) for name in names}
    except ValueError as error:
        raise ConfigError(str(error)) from None


def set_resources(spec: dict[str, Any], steps: Mapping[str, StepSettings]) -> None:
    """Writes requests and limits. Pods without them are evicted first, or refused by a quota."""
    for name, _, component in container_tasks(spec):
        if (step := steps.get(name)) is None:
            continue
        resources: dict[str, Any] = {
            "cpuLimit": step.cpu,
            "memoryLimit": step.memory_gb,
            "cpuRequest": step.cpu_request or step.cpu,
            "memoryRequest": step.memory_request_gb or step.memory_gb,
        }
        if step.gpus:
            resources["accelerator"] = {"type": step.accelerator, "count": str(step.gpus)}
        container_of(spec, component)["resources"] = resources


def set_retries(
    spec: dict[str, Any], steps: Mapping[str, StepSettings], settings: KubeflowSettings
) -> None:
    """Writes the number of retries of each step, and the waiting time.

    Argo counts the time of the attempts towards `backoffMaxDuration`: kfp's default of an hour
    would leave a long training without a second attempt.
    """
    longest = int(settings.run_timeout_hours * 3600)
    for name, task, _ in container_tasks(spec):
        if retries := steps[name].retries:
            task["retryPolicy"] = {
                "maxRetryCount": retries,
                "backoffDuration": f"{settings.retry_wait_seconds}s",
                "backoffFactor": 2.0,
                "backoffMaxDuration": f"{longest}s",
            }
