"""The transform graph that training and serving share."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.decoding import decode_upright


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor], custom_config: Mapping[str, Any] | None = None
) -> dict[str, tf.Tensor]:
    """Decodes and resizes the images, and computes the mean and scale that normalize them.

    A normalized float image takes four times the bytes of its pixels. The examples therefore hold
    uint8 pixels, with the mean and the scale that TFT's analyzers compute over the train split.
    `normalized_images` combines them, in training and in serving.

    Args:
      inputs: the raw features, each [batch]. Labels that examples may lack are sparse.
      custom_config: may set features.IMAGE_SIZE_SETTING; the default is features.IMAGE_SIZE.

    Returns:
      PIXELS_KEY: string [batch]; CHANNEL_MEAN_KEY and CHANNEL_SCALE_KEY: float32
      [batch, 3]; and the labels: int64 [batch], features.UNKNOWN_LABEL if missing.
    """
    size = int((custom_config or {}).get(features.IMAGE_SIZE_SETTING, features.IMAGE_SIZE))
    sums_spec = tf.TensorSpec([features.CHANNELS], tf.int64)
    pixels, sums, square_sums = tf.map_fn(
        lambda image: _measure(image, size),
        inputs[features.IMAGE_KEY],
        fn_output_signature=(tf.TensorSpec([], tf.string), sums_spec, sums_spec),
    )
    # Beam adds in any order and grouping: sums of integers do not depend on it, floats do.
    count = tft.sum(tf.fill(tf.shape(pixels), tf.constant(size * size, tf.int64)))
    mean = _divide(tft.sum(sums, reduce_instance_dims=False), count)
    mean_square = _divide(tft.sum(square_sums, reduce_instance_dims=False), count)
    # A split of a single color has no deviation. A minimum of one gray level keeps scale finite.
    scale = 1.0 / tf.sqrt(tf.maximum(mean_square - mean**2, 1.0))
    outputs = {
        features.PIXELS_KEY: pixels,
        features.CHANNEL_MEAN_KEY: _repeat(tf.cast(mean, tf.float32), pixels),
        features.CHANNEL_SCALE_KEY: _repeat(tf.cast(scale, tf.float32), pixels),
    }
    outputs.update({key: _dense(inputs[key]) for key in features.LABEL_KEYS})
    return outputs


def normalized_images(transformed: Mapping[str, tf.Tensor], size: int) -> tf.Tensor:
    """Decodes and normalizes a batch of transformed images.

    Args:
      transformed: a batch as preprocessing_fn returns it; labels are not needed.
      size: pixels per side.

    Returns:
      float32 [batch, size, size, 3]; over the train split each channel has mean 0 and
      standard deviation 1.
    """
    return normalize(
        decode_pixels(transformed[features.PIXELS_KEY], size),
        transformed[features.CHANNEL_MEAN_KEY],
        transformed[features.CHANNEL_SCALE_KEY],
    )


def decode_pixels(serialized: tf.Tensor, size: int) -> tf.Tensor:
    """Decodes the serialized pixels of a whole batch, which tf.io.parse_tensor cannot.

    Args:
      serialized: string [batch], as preprocessing_fn returns it.
      size: pixels per side; see image_size_of.

    Returns:
      uint8 [batch, size, size, 3].
    """
    # The serialized message is a header with type and shape, then the pixels. All images share
    # the header. The reshape fails on a message of any other size.
    black = np.zeros((size, size, features.CHANNELS), np.uint8)
    header = tf.make_tensor_proto(black).ByteSize() - black.size
    content = tf.io.decode_raw(serialized, tf.uint8)[:, header:]
    return tf.reshape(content, (tf.size(serialized), *black.shape))


def image_size_of(serialized: tf.Tensor) -> int:
    """Returns the pixels per side of a serialized image, a string scalar of preprocessing_fn.

    Raises:
      ValueError: if the image is not square.
    """
    shape = tuple(tf.io.parse_tensor(serialized, tf.uint8).shape)
    if len(shape) != 3 or shape[0] != shape[1] or shape[2] != features.CHANNELS:
        raise ValueError(
            f"Expected pixels of [size, size, {features.CHANNELS}] in {features.PIXELS_KEY!r}, as "
            f"Transform writes them. Received: {list(shape)}; run Transform again."
        )
    return int(shape[0])


def normalize(pixels: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """Returns (pixels - mean) * scale: float32 [batch, height, width, 3].

    Args:
      pixels: uint8 or float32 [batch, height, width, 3], 0 to 255.
      mean, scale: float32 [batch, 3], one value per channel.
    """
    mean, scale = (tf.reshape(each, (-1, 1, 1, features.CHANNELS)) for each in (mean, scale))
    return (tf.cast(pixels, tf.float32) - mean) * scale


def _measure(image: tf.Tensor, size: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns the serialized pixels, and the sum and sum of squares of each channel, int64."""
    pixels = _decode(image, size)
    values = tf.cast(pixels, tf.int64)
    total = tf.reduce_sum(values, axis=(0, 1))
    return tf.io.serialize_tensor(pixels), total, tf.reduce_sum(values**2, axis=(0, 1))


def _divide(total: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    return tf.cast(total, tf.float64) / tf.cast(count, tf.float64)


def _decode(image: tf.Tensor, size: int) -> tf.Tensor:
    pixels = decode_upright(image)
    # Without antialiasing, three of four pixels of a 200-pixel crop would be ignored.
    resized = tf.image.resize(pixels, (size, size), method="bilinear", antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8)


def _dense(label: tf.Tensor | tf.SparseTensor) -> tf.Tensor:
    if isinstance(label, tf.Tensor):
        return label
    shape = [None, 1]
    return tft.sparse_tensor_to_dense_with_shape(label, shape, features.UNKNOWN_LABEL)[:, 0]


def _repeat(constant: tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
    return tf.tile(constant[tf.newaxis, :], (tf.shape(batch)[0], 1))
