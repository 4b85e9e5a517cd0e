"""The demands of a package on a cluster, read from its two documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StepDemands:
    """The demands of a step.

    Attributes:
      step: the name of the step.
      cpu: cores.
      memory: bytes.
      accelerators: counts by the resource name on the cluster.
      node_selector: labels that the node must have.
      tolerations: taints that the node may have, as in a pod.
      secrets: keys by secret; an empty set requires only the secret itself.
      claims: persistent volume claims.
    """

    step: str
    cpu: float
    memory: float
    accelerators: Mapping[str, float]
    node_selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, str], ...]
    secrets: Mapping[str, frozenset[str]]
    claims: frozenset[str]


def read_demands(spec: Mapping[str, Any], platform: Mapping[str, Any]) -> list[StepDemands]:
    """Returns the demands of every step.

    Args:
      spec: the pipeline specification, the first document of a package.
      platform: the Kubernetes settings, the second document.
    """
    configs = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    found = []
    for label, executor in spec["deploymentSpec"]["executors"].items():
        config, resources = configs[label], executor["container"]["resources"]
        accelerator = resources.get("accelerator")
        found.append(
            StepDemands(
                step=label.removesuffix("_executor"),
                cpu=resources["cpuRequest"],
                memory=resources["memoryRequest"] * 10**9,
                accelerators={accelerator["type"]: float(accelerator["count"])}
                if accelerator
                else {},
                node_selector=config.get("nodeSelector", {}).get("labels", {}),
                tolerations=tuple(config.get("tolerations", ())),
                secrets=_secrets(config),
                claims=frozenset(one["constant"] for one in config.get("pvcMount", ())),
            )
        )
    return sorted(found, key=lambda one: one.step)


def _secrets(config: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    keys: dict[str, set[str]] = {}
    for one in config.get("secretAsEnv", ()):
        keys.setdefault(one["secretName"], set()).update(
            item["secretKey"] for item in one["keyToEnv"]
        )
    for one in (*config.get("secretAsVolume", ()), *config.get("imagePullSecret", ())):
        keys.setdefault(one["secretName"], set())
    return {name: frozenset(found) for name, found in keys.items()}
