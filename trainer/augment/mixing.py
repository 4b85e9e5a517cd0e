"""Mixes each training image, with its labels, with another image of its batch.

Sources: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018; Yun et al., "CutMix:
Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019.

A mixed label is not a single number: half a man of 20 and half a woman of 60 are not a person of
40. A label therefore becomes float32 [batch, 3]: the label of the image, the label of the other
image, and the share of the first. The loss is the mean of the losses for both labels, weighted by
their shares.

Why not keras.layers.MixUp and CutMix, although `mix` is only 1.3 and 1.4 times as fast
(`benchmarks/augmentation.py`):

- They replace both labels by their weighted mean, such as 40 years for 20 and 60.
- They do not mix the weights of the examples.
- Their draws do not depend on the seed of the pass alone; see trainer.augment.augmentation.
- CutMix draws alpha itself, up to 1, and its share is not exactly the share of the pasted pixels.
"""

from collections.abc import Mapping

import keras
import tensorflow as tf

from trainer.wrapping import WrappingLoss, WrappingMetric


def mix(
    method: str,
    alpha: float,
    images: tf.Tensor,
    labels: Mapping[str, tf.Tensor],
    weights: tf.Tensor | None,
    seed: tf.Tensor,
) -> tuple[tf.Tensor, ...]:
    """Mixes each image with the previous image in its batch, which must be shuffled.

    Args:
      method: `mixup` blends the two images, `cutmix` pastes in a rectangle of the other image.
      alpha: shares are drawn from Beta(alpha, alpha). Below 0.05, some shares are too small for
        float32.
      images: float32 [batch, height, width, channels].
      labels: [batch, 1] each.
      weights: loss weights of the examples, float32 [batch]; None for 1 each.
      seed: int64 [2]. The same seed gives the same draws.

    Returns:
      The images, the labels, float32 [batch, 3], and the weights, if given. With `mixup`, an
      image's own share is at least 0.5, because swapping both images gives the same mix.
    """
    number = tf.shape(images)[0]
    drawn = tf.random.stateless_gamma([2, number], seed, alpha)
    share = drawn[0] / (drawn[0] + drawn[1])
    others = tf.roll(images, 1, axis=0)
    if method == "mixup":
        share = tf.maximum(share, 1 - share)
        part = share[:, tf.newaxis, tf.newaxis, tf.newaxis]
        images = images * part + others * (1 - part)
    else:
        inside = _rectangles(tf.shape(images), 1 - share, seed)
        share = 1 - tf.reduce_mean(tf.cast(inside, tf.float32), axis=(1, 2))
        images = tf.where(inside[..., tf.newaxis], others, images)
    if weights is not None:
        # Each of the two examples contributes its own weight, in proportion to its share.
        own, other = share * weights, (1 - share) * tf.roll(weights, 1, axis=0)
        weights, share = own + other, own / (own + other)
    mixed = {}
    for name, label in labels.items():
        own = tf.cast(label[:, 0], tf.float32)
        mixed[name] = tf.stack([own, tf.roll(own, 1, axis=0), share], axis=1)
    return (images, mixed) if weights is None else (images, mixed, weights)


def _rectangles(shape: tf.Tensor, areas: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns a rectangular mask with the aspect of the image: bool [batch, height, width]."""
    centres = tf.random.stateless_uniform([2, shape[0]], seed + 1)

    def inside(axis: int) -> tf.Tensor:
        size = tf.cast(shape[axis + 1], tf.float32)
        middles = (tf.range(size) + 0.5) / size
        distances = tf.abs(middles - centres[axis][:, tf.newaxis])
        return distances < tf.sqrt(areas)[:, tf.newaxis] / 2

    return inside(0)[:, :, tf.newaxis] & inside(1)[:, tf.newaxis, :]


@keras.saving.register_keras_serializable("utkface")
class MixedLoss(WrappingLoss):
    """The loss for both labels of a mixed image, weighted by their shares."""

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Returns losses [batch] for labels [batch, 1], or [batch, 3] as `mix` makes them."""
        own = self._loss.call(y_true[:, :1], y_pred)
        if y_true.shape[-1] == 1:
            return own
        other, share = self._loss.call(y_true[:, 1:2], y_pred), y_true[:, 2]
        return share * own + (1 - share) * other


@keras.saving.register_keras_serializable("utkface")
class OwnLabelMetric(WrappingMetric):
    """A metric that uses only the own label of a mixed image."""

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Adds a batch of labels, [batch, 1] or [batch, 3]."""
        self._metric.update_state(y_true[:, :1], y_pred, sample_weight)
