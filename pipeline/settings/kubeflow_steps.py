"""Resources, nodes, timeout and retries of each step on a cluster."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from pipeline.settings.kubeflow_placement import NodeAffinity, Toleration
from trainer.settings.base import Settings

# The key in `kubeflow.steps` for the settings of all other steps.
DEFAULT = "default"
TRAINER = "Trainer"

# Why a step must not be retried.
ONCE = {
    "GateKeeper": "it fails to stop the run",
    "ModelRecorder": "each attempt would add an entry to the history",
    "StatisticsRecorder": "each attempt would add an entry to the history",
}


class StepSettings(Settings):
    """Resources of a step. `null` uses the value of `default`.

    Attributes:
      cpu: CPU cores, as request and limit.
      memory_gb: memory in gigabytes (10^9 bytes), as request and limit.
      cpu_request: CPU request below the limit, for a crowded cluster. Kubernetes evicts such a step
        sooner.
      memory_request_gb: memory request below the limit, in gigabytes. Kubernetes evicts such a step
        sooner.
      gpus: number of GPUs.
      accelerator: resource name of the GPUs in the cluster.
      node_selector: labels of the nodes that the step may run on.
      tolerations: node taints that the step tolerates.
      node_affinity: further node requirements. Kubeflow Pipelines 2.14 and later.
      timeout_hours: maximum duration of the step, in hours.
      retries: further attempts after a failure.
    """

    cpu: float | None = Field(default=None, gt=0)
    memory_gb: float | None = Field(default=None, gt=0)
    cpu_request: float | None = Field(default=None, gt=0)
    memory_request_gb: float | None = Field(default=None, gt=0)
    gpus: int | None = Field(default=None, ge=0)
    accelerator: str | None = Field(default=None, min_length=1)
    node_selector: dict[str, str] | None = None
    tolerations: tuple[Toleration, ...] | None = None
    node_affinity: tuple[NodeAffinity, ...] | None = None
    timeout_hours: float | None = Field(default=None, gt=0)
    retries: int | None = Field(default=None, ge=0, le=10)

    @model_validator(mode="after")
    def _check_requests(self) -> "StepSettings":
        for request, limit in (("cpu_request", "cpu"), ("memory_request_gb", "memory_gb")):
            requested, allowed = getattr(self, request), getattr(self, limit)
            if requested is not None and allowed is not None and requested > allowed:
                raise ValueError(f"expected {request} at most {limit}")
        return self


# docs/scaling.md shows the memory of each step.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    DEFAULT: {
        "cpu": 1,
        "memory_gb": 2,
        "gpus": 0,
        "accelerator": "nvidia.com/gpu",
        "node_selector": {},
        "tolerations": (),
        "node_affinity": (),
        "timeout_hours": 6,
        "retries": 2,
    },
    "UtkFaceExampleGen": {"cpu": 2},
    "StatisticsGen": {"cpu": 2},
    "Transform": {"cpu": 2, "memory_gb": 4},
    TRAINER: {"cpu": 4, "memory_gb": 16, "gpus": 1, "timeout_hours": 24},
    "BulkInferrer": {"cpu": 2, "memory_gb": 4},
    "BaselineBulkInferrer": {"cpu": 2, "memory_gb": 4},
    "Evaluator": {"cpu": 2, "memory_gb": 4},
    "FairnessReport": {"cpu": 2, "memory_gb": 4},
    **{name: {"retries": 0} for name in ONCE},
}


def resolve_step(name: str, given: Mapping[str, StepSettings]) -> StepSettings:
    """Returns the settings of a step; only requests may be None.

    Priority: the step in `given`, the step here, `default` in `given`, `default` here.

    Args:
      name: the name of the step.
      given: `kubeflow.steps`.

    Raises:
      ValueError: if a step has retries that must have none, or a request above its limit.
    """
    changes = {key: step.model_dump(exclude_none=True) for key, step in given.items()}
    merged: dict[str, Any] = {
        **DEFAULTS[DEFAULT],
        **changes.get(DEFAULT, {}),
        **DEFAULTS.get(name, {}),
        **changes.get(name, {}),
    }
    step = StepSettings.model_validate(merged)
    if step.retries and name in ONCE:
        raise ValueError(f"kubeflow.steps.{name}.retries: expected 0, because {ONCE[name]}")
    return step
