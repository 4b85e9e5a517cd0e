"""Random augmentation of image batches, in graph mode.

Why not keras.layers: a layer draws from a state that each call advances. In a parallel tf.data map,
its draws depend on which batch is processed first, and a resumed training could not repeat a pass.
The comments below name the ratios that `benchmarks/augmentation.py` measured.
"""

import math

import numpy as np
import tensorflow as tf

from trainer import features
from trainer.settings.augmentation import AugmentationSettings

# The luma of ITU-R BT.601, as for gray in Pillow and torchvision.
_LUMA = (0.299, 0.587, 0.114)


def draw(number: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Draws the random numbers for `augment`.

    Args:
      number: number of images, int32 [].
      seed: int64 [2]. The same seed gives the same draws.

    Returns:
      float32 [13, number], 0 to 1: one row per magnitude, and two for the position of the cutout.
      Setting a magnitude to 0 does not change the other draws.
    """
    return tf.random.stateless_uniform([13, number], seed)


def augment(
    pixels: tf.Tensor, fill: tf.Tensor, draws: tf.Tensor, settings: AugmentationSettings
) -> tf.Tensor:
    """Augments each image of a batch independently.

    Args:
      pixels: uint8 [batch, size, size, 3].
      fill: color of the cutouts, float32 [batch, 3].
      draws: result of `draw`, float32 [13, batch].
      settings: set the magnitudes; `method` is ignored.

    Returns:
      float32 [batch, size, size, 3], 0 to 255, not rounded.
    """
    around_0 = 2 * draws - 1
    size = pixels.shape[1]
    images = warp(
        pixels,
        affine_matrices(
            rotation=around_0[0] * math.radians(settings.rotation_degrees),
            right=around_0[1] * settings.width_shift * size,
            down=around_0[2] * settings.height_shift * size,
            shear=around_0[3] * math.radians(settings.shear_degrees),
            zoom_width=1 + around_0[4] * settings.zoom,
            zoom_height=1 + around_0[5] * settings.zoom,
            flip=draws[6] < settings.flip_probability,
        ),
    )
    if settings.brightness or settings.contrast or settings.saturation:
        images = jitter(
            images,
            brightness=1 + around_0[7] * settings.brightness,
            contrast=1 + around_0[8] * settings.contrast,
            saturation=1 + around_0[9] * settings.saturation,
        )
    if settings.cutout:
        centres, sides = tf.transpose(draws[10:12]), draws[12] * settings.cutout
        images = cut_out(images, fill, centres * size, sides * size)
    return images


def affine_matrices(
    *,
    rotation: tf.Tensor,
    right: tf.Tensor,
    down: tf.Tensor,
    shear: tf.Tensor,
    zoom_width: tf.Tensor,
    zoom_height: tf.Tensor,
    flip: tf.Tensor,
) -> tf.Tensor:
    """Composes the matrices for `warp`, as apply_affine_transform of the last Keras 2, and flips.

    The arguments, in Keras theta, tx, ty, shear, zx and zy, map positions in the result to
    positions in the image: right=10 shows the pixel 10 pixels further right. Rotation comes last,
    so shifts follow the rotated axes.

    Args:
      rotation, shear: float32 [batch], radians; the image turns counter-clockwise.
      right, down: float32 [batch], pixels.
      zoom_width, zoom_height: float32 [batch]; 2 shows twice as much.
      flip: bool [batch], whether to swap left and right.

    Returns:
      float32 [batch, 2, 3].
    """
    cos, sin = tf.cos(rotation), tf.sin(rotation)
    cos_shear, sin_shear = tf.cos(shear), tf.sin(shear)
    mirrored_width = tf.where(flip, -zoom_width, zoom_width)
    # rotation @ shift @ shear @ zoom of (column, row, 1).
    row = (
        (cos * cos_shear - sin * sin_shear) * zoom_height,
        sin * mirrored_width,
        sin * right + cos * down,
    )
    column = (
        -(cos * sin_shear + sin * cos_shear) * zoom_height,
        cos * mirrored_width,
        cos * right - sin * down,
    )
    return tf.stack([tf.stack(row, axis=1), tf.stack(column, axis=1)], axis=1)


def warp(pixels: tf.Tensor, matrices: tf.Tensor) -> tf.Tensor:
    """Applies affine maps to images, with bilinear interpolation.

    The function is designed for XLA. Compiled, it is 2.3 times as fast as
    keras.ops.image.affine_transform, which XLA cannot compile and which recomputes each position
    for each channel.

    Args:
      pixels: uint8 or float32 [batch, size, size, 3].
      matrices: float32 [batch, 2, 3]. Each maps (row, column, 1) of the result to (row, column)
        of the image, both relative to the center. Positions outside the image take the nearest
        pixel.

    Returns:
      float32 [batch, size, size, 3].
    """
    # 8 times as fast as RandomRotation, RandomTranslation, RandomShear, RandomZoom and RandomFlip,
    # which resample the image once each. A flip is a sign in the matrix and costs nothing here.
    size = pixels.shape[1]
    last = size - 1
    centre = last / 2
    rows, columns = (
        tf.constant(axis.reshape(-1), tf.float32) for axis in np.mgrid[:size, :size] - centre
    )

    def find(axis: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the pixel before each position, and the distance from it: [batch, n]."""
        of_row, of_column, shift = (matrices[:, axis, term, tf.newaxis] for term in range(3))
        place = of_row * rows + of_column * columns + shift + centre
        place = tf.clip_by_value(place, 0.0, last)
        # No pixel follows the last, so the last has distance 1 from the one before.
        before = tf.minimum(tf.floor(place), last - 1.0)
        return tf.cast(before, tf.int32), (place - before)[:, :, tf.newaxis]

    row, below = find(0)
    column, beyond = find(1)
    first = row * size + column
    flat = tf.reshape(pixels, (-1, size * size, features.CHANNELS))

    def at(offset: int) -> tf.Tensor:
        return tf.cast(tf.gather(flat, first + offset, batch_dims=1), tf.float32)

    upper = at(0) * (1 - beyond) + at(1) * beyond
    lower = at(size) * (1 - beyond) + at(size + 1) * beyond
    return tf.reshape(upper * (1 - below) + lower * below, (-1, size, size, features.CHANNELS))


def jitter(
    images: tf.Tensor, *, brightness: tf.Tensor, contrast: tf.Tensor, saturation: tf.Tensor
) -> tf.Tensor:
    """Changes colors by factors, as torchvision's ColorJitter does; 1 changes nothing.

    Args:
      images: float32 [batch, size, size, 3], 0 to 255.
      brightness: factor for the values, float32 [batch]; applied first.
      contrast: factor for the difference from the mean gray of the image, float32 [batch].
      saturation: factor for the difference from the gray of each pixel, float32 [batch]; applied
        last.

    Returns:
      The same shape and type as `images`; each step is clipped to 0 to 255.
    """

    # 2.7 times as fast as RandomBrightness, RandomContrast and RandomSaturation. These define the
    # changes differently, and the last one returns values below 0 for images of 0 to 255.
    def blend(images: tf.Tensor, grey: tf.Tensor | float, factor: tf.Tensor) -> tf.Tensor:
        factor = factor[:, tf.newaxis, tf.newaxis, tf.newaxis]
        return tf.clip_by_value(images * factor + grey * (1 - factor), 0.0, 255.0)

    images = blend(images, 0.0, brightness)
    mean = tf.reduce_mean(_grey(images), axis=(1, 2), keepdims=True)
    images = blend(images, mean, contrast)
    return blend(images, _grey(images), saturation)


def cut_out(images: tf.Tensor, fill: tf.Tensor, centres: tf.Tensor, sides: tf.Tensor) -> tf.Tensor:
    """Fills a square of each image (DeVries and Taylor, arXiv:1708.04552).

    Args:
      images: float32 [batch, size, size, 3].
      fill: float32 [batch, 3].
      centres: float32 [batch, 2], row and column, 0 to size. The square may lie partly
        outside the image.
      sides: sides of the squares in pixels, float32 [batch].

    Returns:
      The same shape and type as `images`.
    """
    # 1.5 times as fast as RandomErasing, which fills all images with the same color.
    middles = tf.range(images.shape[1], dtype=tf.float32) + 0.5
    inside = tf.abs(middles - centres[:, :, tf.newaxis]) < sides[:, tf.newaxis, tf.newaxis] / 2
    hole = inside[:, 0, :, tf.newaxis, tf.newaxis] & inside[:, 1, tf.newaxis, :, tf.newaxis]
    return tf.where(hole, fill[:, tf.newaxis, tf.newaxis, :], images)


def _grey(images: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(images * tf.constant(_LUMA), axis=-1, keepdims=True)
