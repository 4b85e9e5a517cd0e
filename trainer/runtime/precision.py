"""The precision in which a model computes."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf


def dtype_policy(mixed_precision: bool) -> str:
    """Returns the name of the Keras dtype policy for this machine.

    A GPU is fastest with float16, whose small range requires loss scaling. A CPU has instructions
    for bfloat16 at best, which has the range of float32.
    """
    if not mixed_precision:
        return "float32"
    return "mixed_float16" if tf.config.list_physical_devices("GPU") else "mixed_bfloat16"


@contextmanager
def dtype_policy_scope(policy: str) -> Iterator[None]:
    """Sets the policy of the layers that are built inside; weights stay float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
