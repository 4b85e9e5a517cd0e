"""Refuses tasks that take one artifact under two inputs, because the backend refuses them."""

from typing import Any


def refuse_artifacts_taken_twice(spec: dict[str, Any]) -> None:
    """Checks every task of every DAG.

    The driver records each input in ML Metadata. The schema in the manifests of 2.4 to 2.17 allows
    one event of a kind per artifact and execution, so such a task never starts.

    Raises:
      RuntimeError: if a task takes an artifact twice.
    """
    dags = [spec["root"], *(one for one in spec["components"].values() if "dag" in one)]
    for dag in dags:
        for name, task in dag["dag"]["tasks"].items():
            taken: dict[str, str] = {}
            for key, source in task.get("inputs", {}).get("artifacts", {}).items():
                made = source["taskOutputArtifact"]
                artifact = f"{made['producerTask']}.{made['outputArtifactKey']}"
                if artifact in taken:
                    raise RuntimeError(
                        f"{name}: expected each input to be an artifact of its own, as Kubeflow "
                        f"Pipelines demands; found {artifact} as {taken[artifact]} and as {key}"
                    )
                taken[artifact] = key
