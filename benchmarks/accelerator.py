"""Measures training on a GPU: batch sizes, mixed precision, XLA, and the share of the card's rate.

    python benchmarks/accelerator.py
    python benchmarks/accelerator.py --architectures compact --batch-sizes 64 512 --xla

The images are noise, because their content does not affect the time. Each architecture is trained
as in the Trainer: with `model.fit` under the strategy for this machine, and with the default losses
and optimizer. `same batch` uses the same images at each step, which gives the limit of the step
itself; `fed` reads, augments and batches them as a training does. A row is the median of three
rounds of about half a second, after rounds in which TensorFlow compiles and selects its kernels.
A multiplication with its addition counts as two FLOPs, and a step as three forward passes. The
card's rate is that of a product of two 8,192 x 8,192 matrices in the same precision. Prints a
Markdown table; without a GPU it measures the CPU.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from input_pipeline import make_feature_spec

_PICTURES = 8192
_MATRIX = 8192
_ROUNDS = 3
_ROUND_SECONDS = 0.5
_PRECISIONS = ("float32", "mixed")


def write_noise(path: str, number: int) -> None:
    """Writes transformed examples whose images are noise."""
    import numpy as np
    import tensorflow as tf

    from trainer import features

    generator = np.random.default_rng(1)
    ones = [1] * features.CHANNELS
    with tf.io.TFRecordWriter(path, "GZIP") as writer:
        for _ in range(number):
            pixels = generator.integers(0, 256, features.IMAGE_SHAPE, np.uint8)
            content = tf.io.serialize_tensor(pixels).numpy()
            feature = {
                key: tf.train.Feature(int64_list=tf.train.Int64List(value=[generator.integers(2)]))
                for key in features.LABEL_KEYS
            }
            feature[features.PIXELS_KEY] = tf.train.Feature(
                bytes_list=tf.train.BytesList(value=[content])
            )
            for key, value in (
                (features.CHANNEL_MEAN_KEY, 128),
                (features.CHANNEL_SCALE_KEY, 0.02),
            ):
                values = tf.train.FloatList(value=[value * one for one in ones])
                feature[key] = tf.train.Feature(float_list=values)
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())


def matrix_rate(policy: str) -> float:
    """Returns the FLOP/s of a product of two large matrices."""
    import tensorflow as tf

    dtype = {"mixed_float16": tf.float16, "mixed_bfloat16": tf.bfloat16}.get(policy, tf.float32)
    size = _MATRIX if tf.config.list_physical_devices("GPU") else _MATRIX // 8
    one = tf.cast(tf.random.normal([size, size]), dtype)
    # Keeps a product of products in the range.
    other = tf.cast(tf.random.normal([size, size]) / size**0.5, dtype)

    @tf.function
    def multiply(times: tf.Tensor) -> tf.Tensor:
        product = one
        for _ in tf.range(times):
            product = tf.matmul(product, other)
        return tf.reduce_sum(tf.cast(product, tf.float32))

    times = 50
    float(multiply(times))
    took = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        float(multiply(times))
        took.append(time.perf_counter() - start)
    return times * 2 * size**3 / statistics.median(took)


def train(model: Any, batches: Any, steps: int, epochs: int) -> list[float]:
    """Returns the seconds of each epoch, until its losses have left the device."""
    import keras

    class Times(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.took: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self._start = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.took.append(time.perf_counter() - self._start)

    times = Times()
    model.fit(batches, steps_per_epoch=steps, epochs=epochs, verbose=0, callbacks=[times])
    return times.took


def image_rate(model: Any, batches: Any, size: int) -> float:
    """Returns the images per second of a compiled model."""
    train(model, batches, 10, 1)
    tried = 5
    took = train(model, batches, tried, 3)[-1]
    steps = max(tried, round(tried * _ROUND_SECONDS / took))
    return steps * size / statistics.median(train(model, batches, steps, 1 + _ROUNDS)[1:])


def make_fed(pattern: str, size: int) -> Any:
    """Returns endless batches, read and augmented as by default in training."""
    from trainer.input_fn import input_fn
    from trainer.settings.hyperparameters import Hyperparameters

    passes = input_fn(
        [pattern],
        make_feature_spec(),
        batch_size=size,
        shuffle_seed=1,
        augmentation=Hyperparameters().augmentation,
    )
    return passes.repeat()


@dataclass(frozen=True)
class Row:
    """The result of one training; `rate` is images per second, None if memory ran out."""

    architecture: str
    precision: str
    size: int
    feeding: str
    rate: float | None
    flops: int
    card: float

    def __str__(self) -> str:
        words = f"| `{self.architecture}` | {self.precision} | {self.size:,} | {self.feeding} "
        if self.rate is None:
            return f"{words}| out of memory | | |"
        reached = self.rate * self.flops
        share = f"{reached / self.card:.1%} of {self.card / 1e12:.3g}"
        return f"{words}| {self.rate:,.0f} | {reached / 1e12:.2f} | {share} |"


def measure(
    architecture: str, batches_of: Mapping[int, Any], *, mixed: bool, xla: bool
) -> Iterator[Row]:
    """Yields the rows of one architecture in one precision.

    Args:
      architecture: a name in trainer.models.ARCHITECTURES.
      batches_of: the batches of make_fed, by batch size.
      mixed: whether to compute in half precision.
      xla: whether XLA compiles the training.
    """
    import tensorflow as tf

    from trainer import models
    from trainer.image_format import ImageFormat
    from trainer.losses.task_losses import compile_model
    from trainer.models.macs import count_macs
    from trainer.runtime import devices
    from trainer.runtime.precision import dtype_policy, dtype_policy_scope
    from trainer.settings.hyperparameters import Hyperparameters

    policy = dtype_policy(mixed)
    settings = Hyperparameters(
        architecture=architecture, mixed_precision=mixed, jit_compile=xla, schedule="constant"
    )
    strategy = devices.distribution_strategy()
    with strategy.scope(), dtype_policy_scope(policy):
        model = models.build(settings, ImageFormat())
        model = compile_model(model, settings, steps=None)
    flops = 3 * 2 * count_macs(model)
    card = matrix_rate(policy)
    for size, fed in batches_of.items():
        same = tf.data.Dataset.from_tensors(next(iter(fed))).repeat()
        for feeding, batches in (("same batch", same), ("fed", fed)):
            try:
                rate = image_rate(model, batches.prefetch(2), size)
            except tf.errors.ResourceExhaustedError:
                rate = None
            precision = f"{policy}, XLA" if xla else policy
            yield Row(architecture, precision, size, feeding, rate, flops, card)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--architectures", nargs="+", default=("compact", "seed"))
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=(64, 512, 2048))
    parser.add_argument("--precisions", nargs="+", choices=_PRECISIONS, default=_PRECISIONS)
    parser.add_argument("--xla", action="store_true", help="have XLA compile the training")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

    import tensorflow as tf

    from trainer.runtime import devices

    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    strategy = devices.distribution_strategy()
    cores = len(os.sched_getaffinity(0))
    print(
        f"{devices.describe(strategy)} ({', '.join(names) or 'no GPU'}), {cores} cores of CPU, "
        f"TensorFlow {tf.__version__}:\n"
    )
    print("| | precision | batch | | images/s | TFLOP/s | of the card's |")
    print("|---|---|---:|---|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        write_noise(f"{folder}/noise.gz", _PICTURES)
        batches_of = {size: make_fed(f"{folder}/*", size) for size in arguments.batch_sizes}
        for architecture in arguments.architectures:
            for precision in arguments.precisions:
                mixed = precision == "mixed"
                for row in measure(architecture, batches_of, mixed=mixed, xla=arguments.xla):
                    print(row, flush=True)


if __name__ == "__main__":
    sys.exit(main())
