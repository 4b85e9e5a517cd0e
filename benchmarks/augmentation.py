"""Compares our augmentation and mixing with what Keras has.

    python benchmarks/augmentation.py --rounds 7

Each operation maps the same batch of noise images in a tf.data pipeline, with the magnitudes of the
default augmentation. Ours and that of Keras take turns in one process. Layers run both as
documented and compiled by XLA, where XLA has their operations.

Prints a Markdown table. Rates are medians of the rounds, in images per second of CPU time. The
ratio is our rate over the faster rate of Keras. The last two columns count the batches that are the
same in a second pass, made with new layers and the same seed.
"""

import argparse
import dataclasses
import hashlib
import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from trainer import features
from trainer.augment.augmentation import affine_matrices, augment, cut_out, draw, jitter
from trainer.augment.mixing import mix
from trainer.settings.augmentation import AugmentationSettings
from trainer.tasks import AGE, GENDER, RACE

_BATCH_SIZE = 32
_SEED = 1
_STRONG = AugmentationSettings(method="strong")
_GEOMETRY = (
    "rotation_degrees",
    "width_shift",
    "height_shift",
    "shear_degrees",
    "zoom",
    "flip_probability",
)
_COLORS = ("brightness", "contrast", "saturation")
_FILL = 120.0
_ALPHA = 0.4

Batch = dict[str, Any]
# From a batch and a seed to images.
Function = Callable[[Batch, tf.Tensor], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Operation:
    """One of our operations, and what comes closest to it in Keras.

    Attributes:
      name: printed in the table.
      ours: the operation.
      make_theirs: makes that of Keras, with its layers.
      compiles: whether XLA has the operations of Keras's.
    """

    name: str
    ours: Function
    make_theirs: Callable[[], Function]
    compiles: bool = False


def compiled(function: Callable[[Batch, tf.Tensor], tf.Tensor]) -> Function:
    """Draws outside of XLA and compiles the rest, as trainer.input_fn does."""
    function = tf.function(function, jit_compile=True, autograph=False)
    return lambda batch, seed: function(batch, draw(_BATCH_SIZE, seed))


def augmented(*names: str) -> Function:
    """Augments with these settings of the default augmentation."""
    magnitudes = {name: getattr(_STRONG, name) for name in names}
    settings = AugmentationSettings(method="none", **magnitudes)
    return compiled(lambda batch, draws: augment(batch["pixels"], _fill(), draws, settings))


def jittered(batch: Batch, draws: tf.Tensor) -> tf.Tensor:
    factors = 1 + (2 * draws[7:10] - 1) * _STRONG.brightness
    images = tf.cast(batch["pixels"], tf.float32)
    return jitter(images, brightness=factors[0], contrast=factors[1], saturation=factors[2])


def cut(batch: Batch, draws: tf.Tensor) -> tf.Tensor:
    centres = tf.transpose(draws[10:12]) * features.IMAGE_SIZE
    sides = draws[12] * _STRONG.cutout * features.IMAGE_SIZE
    return cut_out(tf.cast(batch["pixels"], tf.float32), _fill(), centres, sides)


def mixed(method: str) -> Function:
    return lambda batch, seed: mix(method, _ALPHA, batch["images"], batch["labels"], None, seed)[0]


def _fill() -> tf.Tensor:
    return tf.fill([_BATCH_SIZE, features.CHANNELS], _FILL)


def rotation() -> Any:
    turns = _STRONG.rotation_degrees / 360
    return keras.layers.RandomRotation(turns, fill_mode="nearest", seed=_SEED)


def translation() -> Any:
    shifts = _STRONG.height_shift, _STRONG.width_shift
    return keras.layers.RandomTranslation(*shifts, fill_mode="nearest", seed=_SEED)


def shear() -> Any:
    slope = math.tan(math.radians(_STRONG.shear_degrees))
    return keras.layers.RandomShear((0.0, slope), fill_mode="nearest", seed=_SEED)


def zoom() -> Any:
    return keras.layers.RandomZoom(_STRONG.zoom, _STRONG.zoom, fill_mode="nearest", seed=_SEED)


def flip() -> Any:
    return keras.layers.RandomFlip("horizontal", seed=_SEED)


def geometry() -> list[Any]:
    return [rotation(), translation(), shear(), zoom(), flip()]


def colors() -> list[Any]:
    # RandomSaturation multiplies the saturation by s / (1 - s).
    saturation = tuple(x / (1 + x) for x in (1 - _STRONG.saturation, 1 + _STRONG.saturation))
    return [
        keras.layers.RandomBrightness(_STRONG.brightness, seed=_SEED),
        keras.layers.RandomContrast((_STRONG.contrast, _STRONG.contrast), seed=_SEED),
        keras.layers.RandomSaturation(saturation, seed=_SEED),
    ]


def erasing() -> Any:
    areas = (0.0, _STRONG.cutout**2)
    return keras.layers.RandomErasing((1.0, 1.0), areas, fill_value=_FILL, seed=_SEED)


def chain(*layers: Any) -> Function:
    """Calls layers in order on the pixels of a batch."""

    def call(batch: Batch, seed: tf.Tensor) -> tf.Tensor:
        images = batch["pixels"]
        for layer in layers:
            images = layer(images, training=True)
        return images

    return call


def affine_transform(batch: Batch, seed: tf.Tensor) -> tf.Tensor:
    """Does what our warp does, with the function behind Keras's layers."""
    around_0 = 2 * draw(_BATCH_SIZE, seed) - 1
    size = features.IMAGE_SIZE
    matrices = affine_matrices(
        rotation=around_0[0] * math.radians(_STRONG.rotation_degrees),
        right=around_0[1] * _STRONG.width_shift * size,
        down=around_0[2] * _STRONG.height_shift * size,
        shear=around_0[3] * math.radians(_STRONG.shear_degrees),
        zoom_width=1 + around_0[4] * _STRONG.zoom,
        zoom_height=1 + around_0[5] * _STRONG.zoom,
        flip=around_0[6] < 2 * _STRONG.flip_probability - 1,
    )
    # Keras counts from a corner, and columns before rows.
    centre = (size - 1) / 2
    shifts = matrices[:, :, 2] + centre * (1 - tf.reduce_sum(matrices[:, :, :2], axis=2))
    row, column = (
        tf.stack([matrices[:, axis, 1], matrices[:, axis, 0], shifts[:, axis]], axis=1)
        for axis in range(2)
    )
    transforms = tf.concat([column, row, tf.zeros([_BATCH_SIZE, 2])], axis=1)
    images = tf.cast(batch["pixels"], tf.float32)
    return keras.ops.image.affine_transform(images, transforms, fill_mode="nearest")


def mixing(layer: Any) -> Function:
    """Mixes images and labels with a layer."""

    def call(batch: Batch, seed: tf.Tensor) -> tf.Tensor:
        # A layer mixes labels as numbers, so each class needs a number of its own.
        labels = [
            tf.one_hot(batch["labels"][task.output_key][:, 0], task.maximum + 1)
            for task in (AGE, GENDER, RACE)
        ]
        result = layer({"images": batch["images"], "labels": tf.concat(labels, 1)}, training=True)
        # The labels are part of the work.
        with tf.control_dependencies([result["labels"]]):
            return tf.identity(result["images"])

    return call


OPERATIONS = (
    Operation("rotation", augmented("rotation_degrees"), lambda: chain(rotation())),
    Operation("shift", augmented("width_shift", "height_shift"), lambda: chain(translation())),
    Operation("shear", augmented("shear_degrees"), lambda: chain(shear())),
    Operation("zoom", augmented("zoom"), lambda: chain(zoom())),
    Operation("flip", augmented("flip_probability"), lambda: chain(flip()), compiles=True),
    Operation("these five: `warp`", augmented(*_GEOMETRY), lambda: chain(*geometry())),
    Operation("`warp`, `affine_transform`", augmented(*_GEOMETRY), lambda: affine_transform),
    Operation("colors: `jitter`", compiled(jittered), lambda: chain(*colors()), compiles=True),
    Operation("cutout: `cut_out`", compiled(cut), lambda: chain(erasing()), compiles=True),
    Operation(
        "all of these: `augment`",
        augmented(*_GEOMETRY, *_COLORS, "cutout"),
        lambda: chain(*geometry(), *colors(), erasing()),
    ),
    Operation("`mixup`", mixed("mixup"), lambda: mixing(keras.layers.MixUp(_ALPHA, seed=_SEED))),
    Operation(
        "`cutmix`",
        mixed("cutmix"),
        lambda: mixing(keras.layers.CutMix((_ALPHA, _ALPHA), seed=_SEED)),
    ),
)


def make_batch() -> Batch:
    shape = (_BATCH_SIZE, *features.IMAGE_SHAPE)
    pixels = tf.random.stateless_uniform(shape, (1, 2), 0, 256, tf.int32)
    labels = {
        task.output_key: tf.random.stateless_uniform(
            (_BATCH_SIZE, 1), (3, 4), task.minimum, task.maximum + 1, tf.int32
        )
        for task in (AGE, GENDER, RACE)
    }
    return {
        "pixels": tf.cast(pixels, tf.uint8),
        "images": tf.cast(pixels, tf.float32),
        "labels": labels,
    }


def measure_rate(dataset: tf.data.Dataset) -> float:
    """Returns images per second of CPU time."""
    start = time.process_time()
    images = dataset.reduce(0, lambda number, images: number + tf.shape(images)[0])
    return int(images) / (time.process_time() - start)


def count_same(make: Callable[[], tf.data.Dataset]) -> int:
    """Returns how many batches are the same in two datasets that are made alike."""
    passes = [
        [hashlib.sha256(images.tobytes()).digest() for images in make().as_numpy_iterator()]
        for _ in range(2)
    ]
    return sum(one == other for one, other in zip(*passes, strict=True))


def compare(operation: Operation, batch: Batch, batches: int, rounds: int) -> list[str]:
    """Returns the cells of an operation's row."""

    def make(function: Function) -> tf.data.Dataset:
        seeds = tf.data.Dataset.random(_SEED, rerandomize_each_iteration=True).batch(2)
        same = tf.data.Dataset.from_tensors(batch).repeat(batches)
        function = tf.autograph.experimental.do_not_convert(function)
        return tf.data.Dataset.zip((same, seeds)).map(function, tf.data.AUTOTUNE)

    datasets = {"ours": make(operation.ours), "layers": make(operation.make_theirs())}
    if operation.compiles:
        theirs = tf.function(operation.make_theirs(), jit_compile=True, autograph=False)
        datasets["compiled"] = make(theirs)
    for dataset in datasets.values():
        measure_rate(dataset)  # traces and compiles
    rates = defaultdict(list)
    for _ in range(rounds):
        for name, dataset in datasets.items():
            rates[name].append(measure_rate(dataset))
    ours, *theirs = (statistics.median(each) for each in rates.values())
    return [
        operation.name,
        f"{ours:,.0f}",
        f"{theirs[0]:,.0f}",
        f"{theirs[1]:,.0f}" if operation.compiles else "-",
        f"{ours / max(theirs):.2f}",
        str(count_same(lambda: make(operation.ours))),
        str(count_same(lambda: make(operation.make_theirs()))),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--batches", type=int, default=60, help="of 32 images, default: 60")
    arguments = parser.parse_args()
    batch = make_batch()
    print("| | ours | Keras | Keras, compiled | ratio | ours: same | Keras: same |")
    print(f"|---|{'---:|' * 6}", flush=True)
    for operation in OPERATIONS:
        cells = compare(operation, batch, arguments.batches, arguments.rounds)
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
