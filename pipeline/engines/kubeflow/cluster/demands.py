"""What a package demands of a cluster, read from its two documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StepDemands:
    """What one step demands.

    Attributes:
      step: its name.
      cpu: cores.
      memory: bytes.
      accelerators: how many by the cluster's name for them.
      node_selector: labels that its node must have.
      tolerations: taints that its node may have, as in a pod.
      secrets: keys by secret; an empty set of keys wants the secret alone.
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
      spec: the first document of a package.
      platform: the second.
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
