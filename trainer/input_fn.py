"""Input pipeline: from transformed records to batches of images and labels."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.augment.augmentation import augment, draw
from trainer.augment.mixing import mix
from trainer.data import rebalancing
from trainer.data.balance import Balance
from trainer.data.decoded_examples import DecodedExamples
from trainer.image_format import ImageFormat
from trainer.preprocessing import image_size_of, normalize
from trainer.runtime.replicas import ONE, Replicas, even_batches
from trainer.settings.augmentation import AugmentationSettings
from trainer.tasks import TASKS, Kind

# Shuffle buffer, in positions of examples: at most 100 MB.
_SHUFFLE_BUFFER = 1_000_000


def read_records(patterns: Sequence[str]) -> tf.data.Dataset:
    """Reads gzipped TFRecord files once: string [], in the order of the files."""
    paths = sorted(path for pattern in patterns for path in tf.io.gfile.glob(pattern))
    return tf.data.TFRecordDataset(paths, compression_type="GZIP")


def raw_label_spec() -> dict[str, tf.io.FixedLenFeature]:
    """Returns the feature spec of the labels of raw examples, int64 [] each, by label key.

    A number that is known only as a range parses as features.UNKNOWN_LABEL. For a known number,
    both ends of the range do. See features.least_key.
    """
    spec = {}
    for task in TASKS:
        if task.kind is not Kind.REGRESSION:
            spec[task.label_key] = tf.io.FixedLenFeature([], tf.int64)
            continue
        ends = features.least_key(task.label_key), features.greatest_key(task.label_key)
        for key in (task.label_key, *ends):
            spec[key] = tf.io.FixedLenFeature([], tf.int64, features.UNKNOWN_LABEL)
    return spec


def read_image_format(patterns: Sequence[str]) -> ImageFormat:
    """Reads the image format from the first transformed example; all examples share it.

    Args:
      patterns: globs of gzipped TFRecord files.

    Raises:
      ValueError: if there are no examples, or their images are not square.
    """
    channels = tf.io.FixedLenFeature([features.CHANNELS], tf.float32)
    spec = {
        features.PIXELS_KEY: tf.io.FixedLenFeature([], tf.string),
        features.CHANNEL_MEAN_KEY: channels,
        features.CHANNEL_SCALE_KEY: channels,
    }
    for record in read_records(patterns).take(1):
        row = tf.io.parse_single_example(record, spec)
        mean, scale = (
            tuple(row[key].numpy().tolist())
            for key in (features.CHANNEL_MEAN_KEY, features.CHANNEL_SCALE_KEY)
        )
        return ImageFormat(image_size_of(row[features.PIXELS_KEY]), mean, scale)
    raise ValueError(f"Expected transformed examples to train on. Received: none at {patterns}.")


def input_fn(
    patterns: Sequence[str],
    transform_output: tft.TFTransformOutput,
    *,
    batch_size: int,
    shuffle_seed: int | None = None,
    balance: Balance | None = None,
    augmentation: AugmentationSettings | None = None,
    mixing: str = "none",
    mixing_alpha: float = 1.0,
    replicas: Replicas = ONE,
) -> tf.data.Dataset:
    """Reads transformed examples once.

    All examples are decoded up front into a temporary file in the folder TMPDIR: 28 kB each at
    the default size. The file is deleted with the dataset. Shuffling permutes the positions of all
    examples, because the records are sorted by label.

    Args:
      patterns: globs of gzipped TFRecord files.
      transform_output: has the feature spec of the examples.
      batch_size: examples per batch; the last batch may be smaller.
      shuffle_seed: if given, shuffles in a new order each pass.
      balance: if given, rebalances the groups. Its draws depend on shuffle_seed.
      augmentation: if given, varies the images in each pass. Its draws depend on shuffle_seed.
      mixing: a method of trainer.augment.mixing, or `none`. Its draws depend on shuffle_seed.
      mixing_alpha: mixing shares are drawn from Beta(mixing_alpha, mixing_alpha).
      replicas: the devices that divide each batch. With several, this process reads and augments
        only its own parts, which have weights if shuffle_seed is given; see Replicas.divide.

    Returns:
      Batches of (images, labels). Images are float32 [batch, height, width, 3]. Labels are a dict
      by `Task.output_key` of [batch, 1] each: int64 for tasks of more than two classes, float32
      otherwise. A balance by weights adds the weights: float32 [batch]. With mixing, labels are
      float32 [batch, 3].
    """
    passes = read_passes(
        patterns,
        transform_output,
        batch_size=batch_size,
        balance=balance,
        augmentation=augmentation,
        mixing=mixing,
        mixing_alpha=mixing_alpha,
        replicas=replicas,
    )
    return passes(shuffle_seed)


def read_passes(
    patterns: Sequence[str],
    transform_output: tft.TFTransformOutput,
    *,
    batch_size: int,
    balance: Balance | None = None,
    augmentation: AugmentationSettings | None = None,
    mixing: str = "none",
    mixing_alpha: float = 1.0,
    replicas: Replicas = ONE,
) -> Callable[[int | tf.Tensor | None], tf.data.Dataset]:
    """Reads transformed examples once, for many passes over them; see input_fn.

    Returns:
      A function from a shuffle_seed to a pass. All random draws of a pass depend on its seed
      alone, so an interrupted training can repeat its last pass. The function only builds a
      dataset: a function of another dataset may call it, with an int64 tensor as the seed.
    """
    examples = DecodedExamples(read_records(patterns), transform_output.transformed_feature_spec())
    augments = augmentation is not None and augmentation.method != "none"
    divided = replicas.total > 1
    finish = _make_finish(augmentation)

    def mix_batch(batch: tuple[Any, ...], seed: tf.Tensor) -> tuple[Any, ...]:
        images, labels, *weights = batch
        # A seed different from the one for augmentation.
        seed = tf.random.experimental.stateless_fold_in(seed, 1)
        return mix(mixing, mixing_alpha, images, labels, weights[0] if weights else None, seed)

    def one_pass(shuffle_seed: int | tf.Tensor | None) -> tf.data.Dataset:
        positions = tf.data.Dataset.range(len(examples))
        if balance is not None and balance.method == "oversample":
            positions = rebalancing.oversample(
                positions,
                balance,
                shuffle_seed,
                lambda batch: rebalancing.groups_of_labels(examples.read_numbers(batch)),
            )
        if shuffle_seed is not None:
            buffer = max(1, min(len(examples), _SHUFFLE_BUFFER))
            positions = positions.shuffle(buffer, seed=shuffle_seed)
        trained = shuffle_seed is not None
        if divided and not trained:
            batches = even_batches(len(examples), batch_size)
        else:
            batches = positions.batch(batch_size)
        # Seeds follow the order of the batches, whichever batch is processed first.
        seeds = tf.data.Dataset.random(shuffle_seed, rerandomize_each_iteration=True).batch(2)
        if augments:
            # The same draws for an image, however the batch is divided.
            batches = tf.data.Dataset.zip((batches, seeds)).map(draw_batch)
        else:
            batches = batches.map(lambda batch: (batch,))
        if divided and mixing == "none":
            batches = replicas.divide(batches, weighted=trained)
        read = batches.map(lambda batch, *others: (examples.read(batch), *others), tf.data.AUTOTUNE)
        dataset = read.map(finish, tf.data.AUTOTUNE)
        if balance is not None and balance.method == "weights":
            dataset = dataset.map(
                lambda images, labels, *weights: (
                    images,
                    labels,
                    math.prod(weights, start=rebalancing.example_weights(labels, balance)),
                )
            )
        if mixing != "none":
            dataset = tf.data.Dataset.zip((dataset, seeds)).map(mix_batch, tf.data.AUTOTUNE)
            if divided:
                # Only now: an image is mixed with its neighbor in the whole batch.
                dataset = replicas.divide(dataset, weighted=trained).map(
                    lambda images, labels, *weights: (
                        (images, labels, math.prod(weights)) if weights else (images, labels)
                    )
                )
        return dataset.prefetch(tf.data.AUTOTUNE)

    def draw_batch(batch: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return batch, tf.transpose(draw(tf.shape(batch)[0], seed))

    return one_pass


def _make_finish(
    augmentation: AugmentationSettings | None,
) -> Callable[..., tuple[Any, ...]]:
    """Returns a function of a DecodedExamples batch to images and labels.

    With augmentation it also takes draws, [batch, 13]. Weights after these are returned unchanged.
    """
    augments = augmentation is not None and augmentation.method != "none"

    # XLA fuses all steps into one pass over the images, and compiles once per batch size.
    # AutoGraph has nothing to convert, and takes a second to find out.
    @tf.function(jit_compile=True, autograph=False)
    def finish_images(
        pixels: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor, draws: tf.Tensor | None
    ) -> tf.Tensor:
        if augmentation is not None and draws is not None:
            # Erased pixels become 0 when normalized.
            pixels = augment(pixels, mean, tf.transpose(draws), augmentation)
        return normalize(pixels, mean, scale)

    @tf.autograph.experimental.do_not_convert
    def finish(batch: Mapping[str, tf.Tensor], *others: tf.Tensor) -> tuple[Any, ...]:
        draws, *weights = others if augments else (None, *others)
        pixels = batch[features.PIXELS_KEY]
        mean, scale = batch[features.CHANNEL_MEAN_KEY], batch[features.CHANNEL_SCALE_KEY]
        images = finish_images(pixels, mean, scale, draws)
        labels = {name: batch[key][:, tf.newaxis] for name, key in features.OUTPUT_LABELS.items()}
        for task in TASKS:
            # The losses of multiclass tasks take integers.
            if task.kind is not Kind.MULTICLASS:
                labels[task.output_key] = tf.cast(labels[task.output_key], tf.float32)
        return (images, labels, *weights)

    return finish
