"""Transforms raw examples with the transform graph, in order, file by file."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tfx.dsl.io import fileio

from components.storage.disk_room import room_in
from trainer.input_fn import read_records

# The lowest level shrinks pixels by a third, and the highest by little more.
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)
_BATCH_SIZE = 64
_ADVICE = "or give the run another root"


class Shard(NamedTuple):
    """A file of raw examples of a split, and the file for its transformed examples."""

    split: str
    source: str
    target: str


def plan_shards(split: str, source: str, target: str) -> list[Shard]:
    """Returns one shard for each file of raw examples; order and number stay the same.

    Args:
      split: name of the split.
      source: folder of its raw examples, which TensorFlow can read.
      target: folder for its transformed examples.
    """
    files = sorted(tf.io.gfile.glob(f"{source}/*"))
    names = [
        f"transformed_examples-{number:05d}-of-{len(files):05d}.gz" for number in range(len(files))
    ]
    return [Shard(split, file, f"{target}/{name}") for file, name in zip(files, names, strict=True)]


class WriteTransformed(beam.DoFn):
    """Writes the transformed examples of a shard, in the order of the raw examples.

    Yields the number of examples of the split. A shard that an engine repeats replaces the file.

    Raises:
      ResourceError: if a disk is full.
    """

    def __init__(self, graph: str):
        """Constructs the step.

        Args:
          graph: folder of the transform graph.
        """
        super().__init__()
        self._graph = graph

    def setup(self) -> None:
        transform_output = tft.TFTransformOutput(self._graph)
        spec = transform_output.raw_feature_spec()
        layer = transform_output.transform_features_layer()

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
        def transform(records: tf.Tensor) -> dict[str, tf.Tensor]:
            return dict(layer(tf.io.parse_example(records, spec)))

        self._transform = transform.get_concrete_function()

    def process(self, shard: Shard) -> Iterator[Counter[str]]:
        with room_in(shard.target, _ADVICE):
            count = self._write(shard.source, shard.target)
        yield Counter({shard.split: count})

    def _write(self, source: str, target: str) -> int:
        batches = (
            read_records([source])
            .batch(_BATCH_SIZE)
            .map(self._transform, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
            .prefetch(tf.data.AUTOTUNE)
        )
        count = 0
        fileio.makedirs(target.rpartition("/")[0])
        with tf.io.TFRecordWriter(target, _OPTIONS) as writer:
            for batch in batches.as_numpy_iterator():
                for row in zip(*batch.values(), strict=True):
                    writer.write(encode(dict(zip(batch, row, strict=True))))
                    count += 1
        return count


def encode(row: Mapping[str, np.ndarray | np.generic | bytes]) -> bytes:
    """Returns a serialized example; the same features give the same bytes in every process.

    Args:
      row: bytes, or integers or floats of any shape, by feature.
    """
    example = tf.train.Example()
    for key, value in row.items():
        feature = example.features.feature[key]
        if isinstance(value, bytes):
            feature.bytes_list.value.append(value)
        elif np.issubdtype(value.dtype, np.integer):
            feature.int64_list.value.extend(np.ravel(value).tolist())
        else:
            feature.float_list.value.extend(np.ravel(value).tolist())
    return bytes(example.SerializeToString(deterministic=True))
