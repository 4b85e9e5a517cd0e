"""The workers of a training, as the environment variable TF_CONFIG names them.

TF_CONFIG is TensorFlow's own way to describe a cluster, and the training operator of Kubeflow sets
it: {"cluster": {"worker": ["HOST:PORT", ...]}, "task": {"type": "worker", "index": 0}}.
"""

import json
import os
from typing import Any

VARIABLE = "TF_CONFIG"
_CHIEFS = ("chief", "master")
# In the order of TensorFlow: the first worker is the chief.
_KINDS = (*_CHIEFS, "worker")


def is_chief() -> bool:
    """Returns whether this worker runs the pipeline and writes the results."""
    return worker_number() == 0


def worker_number() -> int:
    """Returns the number of this worker, counted from 0, the chief."""
    if count_workers() < 2:
        return 0
    cluster, task = _read()["cluster"], _read()["task"]
    before = _KINDS[: _KINDS.index(task["type"])]
    return sum(len(cluster.get(kind, ())) for kind in before) + int(task["index"])


def count_workers() -> int:
    """Returns the number of workers, the chief included; 1 without TF_CONFIG."""
    return len(addresses()) or 1


def addresses() -> tuple[str, ...]:
    """Returns HOST:PORT of each worker, the chief first; none without TF_CONFIG."""
    cluster = _read().get("cluster", {})
    return tuple(address for kind in _KINDS for address in cluster.get(kind, ()))


def check() -> None:
    """Checks TF_CONFIG.

    Raises:
      ValueError: if it is not as described above, or its task is not a worker of the cluster.
    """
    try:
        config = _read()
        found = addresses()
        known = not found or 0 <= worker_number() < len(found)
        valid = isinstance(config, dict) and all(":" in address for address in found)
    except (ValueError, TypeError, AttributeError, KeyError):
        known = valid = False
    if not (known and valid):
        raise ValueError(
            f"{VARIABLE}: expected JSON with the addresses of all workers and one of them as the "
            'task, e.g. {"cluster": {"worker": ["HOST:PORT", "HOST:PORT"]}, "task": {"type": '
            f'"worker", "index": 0}}}}; found {os.environ.get(VARIABLE)!r}'
        )


def _read() -> dict[str, Any]:
    config: dict[str, Any] = json.loads(os.environ.get(VARIABLE) or "{}")
    return config
