"""The devices of a training."""

import hashlib

import tensorflow as tf

from trainer.compat.tensorflow_internals import tolerate_silence
from trainer.runtime.tf_config import count_workers

# A worker that is silent for longer is lost.
_SILENCE_SECONDS = 30.0


def distribution_strategy() -> tf.distribute.Strategy:
    """Mirrors the model over all workers in TF_CONFIG, or else over all GPUs of this machine.

    Without either, returns the default strategy, on the CPU. With several workers, call this
    before TensorFlow computes anything. It waits for all of them.
    """
    if count_workers() > 1:
        tolerate_silence(_SILENCE_SECONDS)
        return tf.distribute.MultiWorkerMirroredStrategy()
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def wait_for_all(strategy: tf.distribute.Strategy) -> None:
    """Blocks until all workers have called it."""
    if count_workers() > 1:
        strategy.reduce("SUM", strategy.run(lambda: tf.constant(1)), axis=None)


def check_agreement(strategy: tf.distribute.Strategy, what: str) -> None:
    """Checks that all workers call this with the same text.

    Otherwise they would wait for each other, or average the gradients of different models.

    Raises:
      RuntimeError: if they do not.
    """
    if count_workers() < 2:
        return
    digest = int.from_bytes(hashlib.sha256(what.encode()).digest()[:7], "big")
    digests = strategy.gather(strategy.run(lambda: tf.constant([digest], tf.int64)), axis=0)
    if len(set(digests.numpy().tolist())) > 1:
        raise RuntimeError(
            "Expected all workers to train the same model from the same checkpoint. Found other "
            f"data, settings, code or checkpoints at a worker; here: {what}. All workers need the "
            "same release of this project, and the root at the same path."
        )


def describe(strategy: tf.distribute.Strategy) -> str:
    """Describes the devices and the number of workers, e.g. `2 GPUs` or `CPU of 3 workers`."""
    gpus = len(tf.config.list_physical_devices("GPU"))
    workers = count_workers()
    suffix = f" of {workers} workers" if workers > 1 else ""
    if not gpus:
        return f"CPU{suffix}"
    replicas = strategy.num_replicas_in_sync
    return f"{replicas} GPU{'s' if gpus > 1 or workers > 1 else ''}{suffix}"
