"""The devices of a training, and the role of this worker."""

import json
import os
from typing import Any

import tensorflow as tf

_CHIEFS = ("chief", "master")


def distribution_strategy() -> tf.distribute.Strategy:
    """Mirrors the model over all workers in TF_CONFIG, or else over all GPUs of this machine.

    Without either, returns the default strategy, on the CPU. With several workers, call this
    before TensorFlow computes anything.
    """
    if _count_workers() > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def is_chief() -> bool:
    """Returns whether this worker writes the results. A single worker always does."""
    if _count_workers() < 2:
        return True
    task = _config().get("task", {})
    if any(_config()["cluster"].get(kind) for kind in _CHIEFS):
        return task.get("type") in _CHIEFS
    return task.get("type") == "worker" and int(task.get("index", 0)) == 0


def wait_for_all(strategy: tf.distribute.Strategy) -> None:
    """Blocks until all workers have called it."""
    if _count_workers() > 1:
        strategy.reduce("SUM", strategy.run(lambda: tf.constant(1)), axis=None)


def describe(strategy: tf.distribute.Strategy) -> str:
    """Describes the devices and the number of workers, e.g. `2 GPUs` or `CPU of 3 workers`."""
    gpus = len(tf.config.list_physical_devices("GPU"))
    workers = _count_workers()
    suffix = f" of {workers} workers" if workers > 1 else ""
    if not gpus:
        return f"CPU{suffix}"
    replicas = strategy.num_replicas_in_sync
    return f"{replicas} GPU{'s' if gpus > 1 or workers > 1 else ''}{suffix}"


def _count_workers() -> int:
    cluster = _config().get("cluster", {})
    return sum(len(cluster.get(kind, ())) for kind in (*_CHIEFS, "worker"))


def _config() -> dict[str, Any]:
    config: dict[str, Any] = json.loads(os.environ.get("TF_CONFIG") or "{}")
    return config
