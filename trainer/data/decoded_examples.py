"""Transformed examples, decoded once and stored on the local disk."""

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from trainer import features
from trainer.data.spool import Spool
from trainer.preprocessing import decode_pixels, image_size_of

# Records decoded at once; 28 kB each at the default size.
_BATCH_SIZE = 128


class DecodedExamples:
    """Random access to examples by position, in a file that the operating system caches.

    The records are a gzipped sequence. Another order would need all of them in memory, and another
    pass would have to unzip and parse them again. Decoded examples have one size, and can be read
    from disk in any order, any number of times. Each takes 28 kB at the default size. The file
    lasts as long as this object.
    """

    def __init__(self, records: tf.data.Dataset, spec: Mapping[str, tf.io.FixedLenFeature]):
        """Reads all records.

        Args:
          records: transformed examples, string [], in the order of their positions.
          spec: feature spec of the records; all features but PIXELS_KEY are numbers.
        """
        # All images have the same size. Without records, the size is never used.
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
        """Returns the features of a batch: PIXELS_KEY, uint8 of image_shape, and read_numbers.

        Args:
          positions: int64 [batch], each at least 0 and less than the number of examples.
        """
        read = _weakly(self._pixels.read)
        pixels = tf.numpy_function(read, [positions], tf.uint8, stateful=False)
        pixels.set_shape([None, *self.image_shape])
        return {features.PIXELS_KEY: pixels, **self.read_numbers(positions)}

    def read_numbers(self, positions: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns all features of a batch but the pixels: [batch, ...], as parsed."""
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
    """Returns a function that calls a method without keeping its object alive.

    TensorFlow keeps the function of numpy_function until the process ends. An iterator keeps its
    dataset, and a dataset keeps the functions mapped over it. The object therefore exists for
    every call, and is freed after the dataset and its iterators.
    """
    reference = weakref.WeakMethod(method)

    def call(*arguments: Any) -> Any:
        found = reference()
        assert found is not None
        return found(*arguments)

    return call
