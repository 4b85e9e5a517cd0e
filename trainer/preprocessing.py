"""The one transform graph that training and serving share."""

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
    """Decodes and resizes the images and finds what normalises them.

    A normalised float image takes four times the bytes of its pixels. So the
    examples hold the uint8 pixels, and beside them the mean and the scale that
    TFT's analyzers computed over the train split; `normalised_images` puts the two
    together, in training and in serving alike.

    Args:
      inputs: the raw features, each of shape [batch]; labels that examples may lack are sparse.
      custom_config: features.IMAGE_SIZE_SETTING, which is features.IMAGE_SIZE unless it is there.

    Returns:
      PIXELS_KEY: string [batch]; CHANNEL_MEAN_KEY and CHANNEL_SCALE_KEY: float32
      [batch, 3]; and the labels: int64 [batch], features.UNKNOWN_LABEL where there is none.
    """
    size = int((custom_config or {}).get(features.IMAGE_SIZE_SETTING, features.IMAGE_SIZE))
    sums_of = tf.TensorSpec([features.CHANNELS], tf.int64)
    pixels, sums, square_sums = tf.map_fn(
        lambda image: _describe(image, size),
        inputs[features.IMAGE_KEY],
        fn_output_signature=(tf.TensorSpec([], tf.string), sums_of, sums_of),
    )
    # Integers add up to the same in whatever order and groups Beam adds them; floats do not.
    count = tft.sum(tf.fill(tf.shape(pixels), tf.constant(size * size, tf.int64)))
    mean = _divide(tft.sum(sums, reduce_instance_dims=False), count)
    mean_square = _divide(tft.sum(square_sums, reduce_instance_dims=False), count)
    # A split of one colour has no deviation: one grey level keeps the scale finite.
    scale = 1.0 / tf.sqrt(tf.maximum(mean_square - mean**2, 1.0))
    outputs = {
        features.PIXELS_KEY: pixels,
        features.CHANNEL_MEAN_KEY: _for_each(tf.cast(mean, tf.float32), pixels),
        features.CHANNEL_SCALE_KEY: _for_each(tf.cast(scale, tf.float32), pixels),
    }
    outputs.update({key: _dense(inputs[key]) for key in features.LABEL_KEYS})
    return outputs


def normalised_images(transformed: Mapping[str, tf.Tensor], size: int) -> tf.Tensor:
    """Puts pixels and normalisation together.

    Args:
      transformed: a batch of what preprocessing_fn returns; labels are not needed.
      size: pixels a side.

    Returns:
      float32 [batch, size, size, 3]; over the train split each channel has mean 0 and
      standard deviation 1.
    """
    return normalise(
        decode_pixels(transformed[features.PIXELS_KEY], size),
        transformed[features.CHANNEL_MEAN_KEY],
        transformed[features.CHANNEL_SCALE_KEY],
    )


def decode_pixels(serialised: tf.Tensor, size: int) -> tf.Tensor:
    """Reads serialised pixels, all of a batch at once, which tf.io.parse_tensor cannot.

    Args:
      serialised: string [batch], as preprocessing_fn returns them.
      size: pixels a side; see image_size_of.

    Returns:
      uint8 [batch, size, size, 3].
    """
    # The message ends in the pixels. What comes before them, their type and shape, is the same
    # for all; a message of any other size does not fit the reshaping.
    black = np.zeros((size, size, features.CHANNELS), np.uint8)
    header = tf.make_tensor_proto(black).ByteSize() - black.size
    content = tf.io.decode_raw(serialised, tf.uint8)[:, header:]
    return tf.reshape(content, (tf.size(serialised), *black.shape))


def image_size_of(serialised: tf.Tensor) -> int:
    """Returns how many pixels a side an image has: string scalar, as preprocessing_fn returns it.

    Raises:
      ValueError: if it is no square image.
    """
    shape = tuple(tf.io.parse_tensor(serialised, tf.uint8).shape)
    if len(shape) != 3 or shape[0] != shape[1] or shape[2] != features.CHANNELS:
        raise ValueError(
            f"Expected pixels of [size, size, {features.CHANNELS}] in {features.PIXELS_KEY!r}, as "
            f"Transform writes them. Received: {list(shape)}; run Transform again."
        )
    return int(shape[0])


def normalise(pixels: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """Returns (pixels - mean) * scale: float32 [batch, height, width, 3].

    Args:
      pixels: uint8 or float32 [batch, height, width, 3], 0 to 255.
      mean, scale: float32 [batch, 3], a number a channel.
    """
    mean, scale = (tf.reshape(each, (-1, 1, 1, features.CHANNELS)) for each in (mean, scale))
    return (tf.cast(pixels, tf.float32) - mean) * scale


def _describe(image: tf.Tensor, size: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns an image's serialised pixels, and each channel's sum and sum of squares, int64."""
    pixels = _decode(image, size)
    values = tf.cast(pixels, tf.int64)
    total = tf.reduce_sum(values, axis=(0, 1))
    return tf.io.serialize_tensor(pixels), total, tf.reduce_sum(values**2, axis=(0, 1))


def _divide(total: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    return tf.cast(total, tf.float64) / tf.cast(count, tf.float64)


def _decode(image: tf.Tensor, size: int) -> tf.Tensor:
    pixels = decode_upright(image)
    # Without antialiasing, three of four pixels of a crop of 200 would not be looked at.
    resized = tf.image.resize(pixels, (size, size), method="bilinear", antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8)


def _dense(label: tf.Tensor | tf.SparseTensor) -> tf.Tensor:
    if isinstance(label, tf.Tensor):
        return label
    shape = [None, 1]
    return tft.sparse_tensor_to_dense_with_shape(label, shape, features.UNKNOWN_LABEL)[:, 0]


def _for_each(constant: tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
    return tf.tile(constant[tf.newaxis, :], (tf.shape(batch)[0], 1))
