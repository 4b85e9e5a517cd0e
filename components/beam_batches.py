"""Batches of examples that are the same on each run."""

import contextlib
from collections.abc import Iterator

from absl import flags
from tfx_bsl.coders import batch_util  # noqa: F401 - defines the flag

# TFX's sources of examples take it from absl's flags, and offer no other way to it.
_BY_SIZE = "tfxio_use_byte_size_batching"


@contextlib.contextmanager
def batches_by_size() -> Iterator[None]:
    """Lets a component of TFX that is run inside make batches of so many bytes.

    The default is as many examples as a second is enough for. Sums of floats then differ in their
    last digits from run to run, and TensorFlow traces functions for other shapes.
    """
    before = flags.FLAGS[_BY_SIZE].default
    flags.FLAGS.set_default(_BY_SIZE, True)
    try:
        yield
    finally:
        flags.FLAGS.set_default(_BY_SIZE, before)
