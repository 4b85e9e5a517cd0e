"""What a training runs on."""

import tensorflow as tf


def distribution_strategy() -> tf.distribute.Strategy:
    """Mirrors the model over all GPUs; without one, the default strategy on the CPU."""
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def describe(strategy: tf.distribute.Strategy) -> str:
    """Returns what to tell the user, such as `2 GPUs` or `CPU`."""
    gpus = len(tf.config.list_physical_devices("GPU"))
    if not gpus:
        return "CPU"
    return f"{strategy.num_replicas_in_sync} GPU{'s' if gpus > 1 else ''}"
