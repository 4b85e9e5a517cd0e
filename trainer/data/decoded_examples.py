"""Transformed examples, decoded once and kept on the local disk."""

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from trainer import features
from trainer.data.spool import Spool
from trainer.preprocessing import decode_pixels, image_size_of

# Of records that are decoded at once; 28 kB each at the default size.
_BATCH_SIZE = 128


class DecodedExamples:
    """Examples by their position, at the cost of reading a file that the system caches.

    The records lie gzipped, one behind the other: whoever wants another order needs them
    all in memory, and whoever wants them again has to unzip and parse them again. Decoded
    and of one size, they can be read in any order, as often as wanted, from the disk. They
    take 28 kB each there at the default size, until nothing refers to this object any more.
    """

    def __init__(self, records: tf.data.Dataset, spec: Mapping[str, tf.io.FixedLenFeature]):
        """Reads all records.

        Args:
          records: transformed examples, string [], in the order of their positions.
          spec: how to parse them; the features beside PIXELS_KEY are numbers.
        """
        # All are of one size; where there are none, no batch is ever asked for.
        first = [tf.io.parse_single_example(record, spec) for record in records.take(1)]
        size = image_size_of(first[0][features.PIXELS_KEY]) if first else features.IMAGE_SIZE
        self.image_shape = (size, size, features.CHANNELS)
        self._pixels = Spool(np.dtype((np.uint8, self.image_shape)))
        self._numbers = Spool(
            np.dtype(
                [
                    (key, feature.dtype.as_numpy_dtype, tuple(feature.shape))
                    for key, feature in spec.items()
                    if key != features.PIXELS_KEY
                ]
            )
        )

        def decode(batch: tf.Tensor) -> dict[str, tf.Tensor]:
            parsed = tf.io.parse_example(batch, spec)
            pixels = decode_pixels(parsed[features.PIXELS_KEY], size)
            return {**parsed, features.PIXELS_KEY: pixels}

        batches = records.batch(_BATCH_SIZE).map(decode, num_parallel_calls=2).prefetch(1)
        for batch in batches.as_numpy_iterator():
            self._pixels.append(batch[features.PIXELS_KEY])
            rows = np.empty(len(batch[features.PIXELS_KEY]), self._numbers.row)
            for key in rows.dtype.fields or ():
                rows[key] = batch[key]
            self._numbers.append(rows)

    def __len__(self) -> int:
        return len(self._numbers)

    def read(self, positions: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the features of a batch: read_numbers, and PIXELS_KEY uint8 of image_shape.

        Args:
          positions: int64 [batch], each from 0 and less than the number of examples.
        """
        read = _weakly(self._pixels.read)
        pixels = tf.numpy_function(read, [positions], tf.uint8, stateful=False)
        pixels.set_shape([None, *self.image_shape])
        return {features.PIXELS_KEY: pixels, **self.read_numbers(positions)}

    def read_numbers(self, positions: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns all features of a batch but the pixels: [batch, ...], as they were parsed."""
        row = self._numbers.row
        read_rows = _weakly(self._numbers.read)

        def read(positions: np.ndarray) -> list[np.ndarray]:
            rows = read_rows(positions)
            return [rows[key] for key in row.names or ()]

        types = {key: row[key].base for key in row.names or ()}
        columns = tf.numpy_function(read, [positions], list(types.values()), stateful=False)
        numbers: dict[str, Any] = dict(zip(types, columns, strict=True))
        for key, column in numbers.items():
            column.set_shape([None, *row[key].shape])
        return numbers


def _weakly(method: Callable[..., Any]) -> Callable[..., Any]:
    """Calls a method of an object without keeping it.

    TensorFlow keeps what numpy_function is given until the process ends. A dataset keeps
    what was mapped over it, and an iterator its dataset: so the object is there whenever it
    is called, and is freed after them.
    """
    reference = weakref.WeakMethod(method)

    def call(*arguments: Any) -> Any:
        found = reference()
        assert found is not None
        return found(*arguments)

    return call
