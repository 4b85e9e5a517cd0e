"""Batches of examples that are the same in each run."""

import contextlib
from collections.abc import Iterator

from absl import flags
from tfx_bsl.coders import batch_util  # noqa: F401 - defines the flag

# TFX's example sources read this setting from absl's flags, and offer no other way to set it.
_BY_SIZE = "tfxio_use_byte_size_batching"


@contextlib.contextmanager
def batches_by_size() -> Iterator[None]:
    """Batches examples by bytes in TFX components that run inside this context.

    By default, TFX makes a batch as large as one second can process. Sums of floats then differ in
    their last digits from run to run, and TensorFlow retraces functions for each new shape.
    """
    before = flags.FLAGS[_BY_SIZE].default
    flags.FLAGS.set_default(_BY_SIZE, True)
    try:
        yield
    finally:
        flags.FLAGS.set_default(_BY_SIZE, before)
