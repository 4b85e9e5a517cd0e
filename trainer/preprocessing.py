"""The one transform graph that training and serving share."""

from collections.abc import Mapping

import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.decoding import decode_upright

# Of a serialised tensor of IMAGE_SHAPE: its type, its shape and the number of its bytes.
_HEADER_SIZE = 20


def preprocessing_fn(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Decodes and resizes the images and finds what normalises them.

    A normalised float image takes four times the bytes of its pixels. So the
    examples hold the uint8 pixels, and beside them the mean and the scale that
    TFT's analyzers computed over the train split; `normalised_images` puts the two
    together, in training and in serving alike.

    Args:
      inputs: the raw features, each of shape [batch].

    Returns:
      PIXELS_KEY: string [batch]; CHANNEL_MEAN_KEY and CHANNEL_SCALE_KEY: float32
      [batch, 3]; and the labels: int64 [batch].
    """
    channels = tf.TensorSpec([features.CHANNELS], tf.float32)
    pixels, means, mean_squares = tf.map_fn(
        _describe,
        inputs[features.IMAGE_KEY],
        fn_output_signature=(tf.TensorSpec([], tf.string), channels, channels),
    )
    # Every image has as many pixels as any other, so the mean of the images' means
    # is the mean of all pixels, and the analyzers see three numbers an image.
    mean = tft.mean(means, reduce_instance_dims=False)
    mean_square = tft.mean(mean_squares, reduce_instance_dims=False)
    # A split of one colour has no deviation: one grey level keeps the scale finite.
    deviation = tf.sqrt(tf.maximum(mean_square - mean**2, 1.0))
    outputs = {
        features.PIXELS_KEY: pixels,
        features.CHANNEL_MEAN_KEY: _for_each(mean, pixels),
        features.CHANNEL_SCALE_KEY: _for_each(1.0 / deviation, pixels),
    }
    outputs.update({key: inputs[key] for key in features.LABEL_KEYS})
    return outputs


def normalised_images(transformed: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Puts pixels and normalisation together.

    Args:
      transformed: a batch of what preprocessing_fn returns; labels are not needed.

    Returns:
      float32 [batch, 96, 96, 3]; over the train split each channel has mean 0 and
      standard deviation 1.
    """
    return normalise(
        decode_pixels(transformed[features.PIXELS_KEY]),
        transformed[features.CHANNEL_MEAN_KEY],
        transformed[features.CHANNEL_SCALE_KEY],
    )


def decode_pixels(serialised: tf.Tensor) -> tf.Tensor:
    """Reads serialised pixels, all of a batch at once, which tf.io.parse_tensor cannot.

    Args:
      serialised: string [batch], as preprocessing_fn returns them.

    Returns:
      uint8 [batch, 96, 96, 3].
    """
    # The message ends in the pixels. What comes before them, their type and shape, is the same
    # for all; a message of any other size does not fit the reshaping.
    content = tf.io.decode_raw(serialised, tf.uint8)[:, _HEADER_SIZE:]
    return tf.reshape(content, (tf.size(serialised), *features.IMAGE_SHAPE))


def normalise(pixels: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """Returns (pixels - mean) * scale: float32 [batch, 96, 96, 3].

    Args:
      pixels: uint8 or float32 [batch, 96, 96, 3], 0 to 255.
      mean, scale: float32 [batch, 3], a number a channel.
    """
    mean, scale = (tf.reshape(each, (-1, 1, 1, features.CHANNELS)) for each in (mean, scale))
    return (tf.cast(pixels, tf.float32) - mean) * scale


def _describe(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns an image's serialised pixels, and each channel's mean and mean square."""
    pixels = _decode(image)
    values = tf.cast(pixels, tf.float32)
    mean = tf.reduce_mean(values, axis=(0, 1))
    return tf.io.serialize_tensor(pixels), mean, tf.reduce_mean(values**2, axis=(0, 1))


def _decode(image: tf.Tensor) -> tf.Tensor:
    pixels = decode_upright(image)
    size = (features.IMAGE_SIZE, features.IMAGE_SIZE)
    # Without antialiasing, three of four pixels of a crop of 200 would not be looked at.
    resized = tf.image.resize(pixels, size, method="bilinear", antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8)


def _for_each(constant: tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
    return tf.tile(constant[tf.newaxis, :], (tf.shape(batch)[0], 1))
