"""Checks that a cluster meets the demands of a package before the upload.

Kubernetes itself lets a pod wait for a missing secret or node until the step times out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.engines.kubeflow.cluster.demands import StepDemands

_EFFECTS = ("NoSchedule", "NoExecute")
_NOT_FOUND, _FORBIDDEN = 404, 403
# Seconds per call.
_TIMEOUT = 10


@dataclass(frozen=True)
class Finding:
    """Something that the cluster lacks, or that could not be checked.

    Attributes:
      missing: whether a run would wait for it; False if unknown.
      text: what was expected, what was found and what to do.
    """

    missing: bool
    text: str


@dataclass(frozen=True)
class Node:
    """A node of the cluster.

    Attributes:
      name: the name of the node.
      allocatable: amounts by resource, as numbers: cores, bytes, pieces.
      labels: the labels of the node.
      taints: the taints that keep pods away, as API objects.
    """

    name: str
    allocatable: Mapping[str, float]
    labels: Mapping[str, str]
    taints: tuple[Any, ...]


def check_cluster(
    demands: Sequence[StepDemands], api: Any, namespace: str, service_account: str | None = None
) -> list[Finding]:
    """Checks secrets, claims, the service account, and a node for each step.

    Args:
      demands: the demands of the package.
      api: kubernetes.client.CoreV1Api.
      namespace: the namespace of the steps.
      service_account: the service account of the steps; None means the cluster's default.
    """
    findings = [
        *_check_secrets(demands, api, namespace),
        *_check_claims(demands, api, namespace),
    ]
    if service_account:
        account = f"service account {service_account}"
        _, finding = _read(api.read_namespaced_service_account, service_account, namespace, account)
        findings += [finding] if finding else []
    nodes, finding = _list_nodes(api)
    findings += [finding] if finding else []
    if nodes is not None:
        texts = [find_no_node(step, nodes) for step in demands]
        findings += [Finding(True, text) for text in texts if text]
    return findings


def find_no_node(demands: StepDemands, nodes: Sequence[Node]) -> str:
    """Returns why no node can run a step; empty if an otherwise idle node can."""
    wanted = {"cpu": demands.cpu, "memory": demands.memory, **demands.accelerators}
    wanted_node = f"{demands.step}: expected a node with {_describe(wanted)}"
    fitting = [
        node
        for node in nodes
        if all(node.labels.get(key) == value for key, value in demands.node_selector.items())
    ]
    if not fitting:
        labels = ", ".join(f"{key}={value}" for key, value in demands.node_selector.items())
        return f"{wanted_node}, and the labels {labels}; found no node with these labels"
    tolerated = [
        node
        for node in fitting
        if all(_is_tolerated(taint, demands.tolerations) for taint in node.taints)
    ]
    if not tolerated:
        taints = sorted({taint.key for node in fitting for taint in node.taints})
        return (
            f"{wanted_node}; the nodes that could be are tainted with {', '.join(taints)}. Add "
            f"kubeflow.steps.{demands.step}.tolerations"
        )
    if any(
        all(node.allocatable.get(name, 0) >= amount for name, amount in wanted.items())
        for node in tolerated
    ):
        return ""
    largest = {name: max(node.allocatable.get(name, 0) for node in tolerated) for name in wanted}
    return (
        f"{wanted_node}; no node has all of it: the most of each is {_describe(largest)}. Lower "
        f"kubeflow.steps.{demands.step}, or add a node"
    )


def _check_secrets(demands: Iterable[StepDemands], api: Any, namespace: str) -> Iterable[Finding]:
    keys: dict[str, set[str]] = {}
    for step in demands:
        for name, wanted in step.secrets.items():
            keys.setdefault(name, set()).update(wanted)
    for name, wanted_keys in sorted(keys.items()):
        secret, finding = _read(api.read_namespaced_secret, name, namespace, f"secret {name}")
        if finding:
            yield finding
        elif lacking := sorted(wanted_keys - (secret.data or {}).keys()):
            yield Finding(
                True,
                f"secret {name}: expected the key {lacking[0]} in namespace {namespace}; found "
                f"{', '.join(sorted(secret.data or {})) or 'no keys'}",
            )


def _check_claims(demands: Iterable[StepDemands], api: Any, namespace: str) -> Iterable[Finding]:
    for claim in sorted({claim for step in demands for claim in step.claims}):
        found, finding = _read(
            api.read_namespaced_persistent_volume_claim, claim, namespace, f"volume claim {claim}"
        )
        if finding:
            yield finding
        elif found.status.phase == "Lost":
            yield Finding(True, f"volume claim {claim}: expected a volume; it is lost")


def _list_nodes(api: Any) -> tuple[list[Node] | None, Finding | None]:
    from kubernetes.client.exceptions import ApiException
    from kubernetes.utils.quantity import parse_quantity

    try:
        found = api.list_node(_request_timeout=_TIMEOUT).items
    except ApiException as error:
        if error.status != _FORBIDDEN:
            raise
        return None, Finding(False, "nodes: you may not list them, so that resources are unchecked")
    return [
        Node(
            name=node.metadata.name,
            allocatable={
                name: float(parse_quantity(amount))
                for name, amount in (node.status.allocatable or {}).items()
            },
            labels=node.metadata.labels or {},
            taints=tuple(taint for taint in node.spec.taints or () if taint.effect in _EFFECTS),
        )
        for node in found
        if not node.spec.unschedulable
    ], None


def _read(call: Any, name: str, namespace: str, what: str) -> tuple[Any, Finding | None]:
    from kubernetes.client.exceptions import ApiException

    try:
        return call(name, namespace, _request_timeout=_TIMEOUT), None
    except ApiException as error:
        if error.status == _FORBIDDEN:
            return None, Finding(False, f"{what}: you may not read it, so that it is unchecked")
        if error.status != _NOT_FOUND:
            raise
        return None, Finding(
            True, f"{what}: expected it in namespace {namespace}; it is not there. Create it"
        )


def _is_tolerated(taint: Any, tolerations: Iterable[Mapping[str, str]]) -> bool:
    return any(
        one.get("effect", "") in ("", taint.effect)
        and (
            (one.get("operator") == "Exists" and one.get("key", "") in ("", taint.key))
            or (one.get("key") == taint.key and one.get("value", "") == (taint.value or ""))
        )
        for one in tolerations
    )


def _describe(amounts: Mapping[str, float]) -> str:
    words = []
    for name, amount in amounts.items():
        if name == "memory":
            words.append(f"{amount / 10**9:.4g} GB of memory")
        else:
            words.append(f"{amount:g} {name}")
    return ", ".join(words)
