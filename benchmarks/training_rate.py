"""Compares the training rate with the tutorial's own, and measures the overhead of an epoch.

    python benchmarks/training_rate.py rate --data crop_part1.tar.gz --repeat 3
    python benchmarks/training_rate.py overhead --data crop_part1.tar.gz

`rate` alternates in one process: the tutorial's network trained as in the tutorial, by `model.fit`
on arrays in memory; the same network with this project's input pipeline and losses, with
pipeline/configs/tutorial.yaml; and `compact` with the default settings, including augmentation.
Loading the images is not measured. `overhead` trains `compact` for two epochs of 6,784 images,
evaluates each on 980 others, and writes a checkpoint per epoch. It prints the time of the second
epoch's evaluation and checkpoint as a share of the time of its steps.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from input_pipeline import examples, make_feature_spec, rates, write_records

from trainer.tasks import AGE, GENDER, RACE

_BATCH_SIZE = 32
_SEED_STEPS, _COMPACT_STEPS = 3, 40
_TUTORIAL = Path(__file__).parents[1] / "pipeline" / "configs" / "tutorial.yaml"
_TRAIN, _EVAL = 6784, 980


def tutorial_training(pattern: str) -> Callable[[], int]:
    """Returns a function that trains the tutorial's network with the code of sections 4.2 and 4.3.

    Source: "Bai 35 - Multitask Learning - Multi Branch" by Pham Dinh Khanh. The network is
    trainer.models.seed, which has the same layers; Keras 3 spells the decay of the learning
    rate differently.
    """
    import keras
    import numpy as np

    from trainer import features, models
    from trainer.image_format import ImageFormat
    from trainer.input_fn import input_fn
    from trainer.settings.hyperparameters import Hyperparameters

    number = _BATCH_SIZE * _SEED_STEPS
    batch, labels = next(iter(input_fn([pattern], make_feature_spec(), batch_size=number)))
    # As image_train / 255.0 in the tutorial: float64, 0 to 1.
    pixels = batch.numpy().astype(np.float64)
    images = (pixels - pixels.min()) / (pixels.max() - pixels.min())
    arrays = {name: values.numpy() for name, values in labels.items()}
    model = models.build(Hyperparameters(architecture="seed", age_loss="mse"), ImageFormat())
    rate, epochs = 0.005, 4
    schedule = keras.optimizers.schedules.InverseTimeDecay(rate, 1, rate / epochs)
    model.compile(
        loss={
            AGE.output_key: "mse",
            GENDER.output_key: "binary_crossentropy",
            RACE.output_key: "sparse_categorical_crossentropy",
        },
        loss_weights={
            AGE.output_key: 0.03,
            GENDER.output_key: 1.0,
            RACE.output_key: 1.0,
        },
        optimizer=keras.optimizers.Adam(schedule),
        metrics=dict.fromkeys(features.OUTPUT_LABELS, "accuracy"),
    )

    def train() -> int:
        model.fit(images, arrays, batch_size=_BATCH_SIZE, epochs=1, verbose=0)
        return number

    return train


def own_training(pattern: str, settings: dict[str, Any], steps: int) -> Callable[[], int]:
    """Returns a function that trains with this project's input pipeline and losses."""
    from trainer import models
    from trainer.image_format import ImageFormat
    from trainer.input_fn import input_fn
    from trainer.losses.task_losses import compile_model
    from trainer.settings.hyperparameters import Hyperparameters

    hyperparameters = Hyperparameters(**{**settings, "batch_size": _BATCH_SIZE})
    model = models.build(hyperparameters, ImageFormat())
    compile_model(model, hyperparameters, steps=10_000)
    passes = input_fn(
        [pattern],
        make_feature_spec(),
        batch_size=_BATCH_SIZE,
        shuffle_seed=1,
        augmentation=hyperparameters.augmentation,
    )
    # One iterator for all rounds, because the first batch of a pass waits for the whole pass.
    batches = iter(passes.repeat())

    def train() -> int:
        for images, labels in itertools.islice(batches, steps):
            model.train_on_batch(images, labels)
        return steps * _BATCH_SIZE

    return train


def measure_rate(data: str, repeat: int) -> None:
    """Prints the images per second of each training."""
    import yaml

    tutorial = yaml.safe_load(_TUTORIAL.read_text(encoding="utf-8"))["trainer"]
    with tempfile.TemporaryDirectory() as folder:
        write_records(data, Path(folder))
        pattern = f"{folder}/*"
        work = {
            "the tutorial's own": tutorial_training(pattern),
            "`seed`": own_training(pattern, tutorial, _SEED_STEPS),
            "`compact`": own_training(pattern, {}, _COMPACT_STEPS),
        }
        for each in work.values():
            each()  # includes one-time compiling
        measured = defaultdict(list)
        for _ in range(repeat):
            for name, each in work.items():
                measured[name].append(rates(each))
    medians = {
        name: [statistics.median(x) for x in zip(*m, strict=True)] for name, m in measured.items()
    }
    print(f"\nBatches of {_BATCH_SIZE}, the median of {repeat} rounds:\n")
    print("| | images/s | times the tutorial's | images/s of a core | times the tutorial's |")
    print("|---|---:|---:|---:|---:|")
    least_wall, least_cpu = medians["the tutorial's own"]
    for name, (wall, cpu) in medians.items():
        print(
            f"| {name} | {wall:,.1f} | {wall / least_wall:.2f} | {cpu:,.1f} "
            f"| {cpu / least_cpu:.2f} |"
        )


def measure_overhead(data: str) -> None:
    """Prints the time after the steps of an epoch, as a share of the time of the steps."""
    import keras
    import tensorflow as tf

    from trainer import models
    from trainer.fit.fitting import fit
    from trainer.image_format import ImageFormat
    from trainer.input_fn import input_fn, read_passes
    from trainer.losses.task_losses import compile_model
    from trainer.settings.hyperparameters import Hyperparameters
    from trainer.state.checkpoints import CheckpointFolder

    class Times(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.begun: list[float] = []
            self.measured: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.begun.append(time.perf_counter())

        def on_test_begin(self, logs: Any = None) -> None:
            self.measured.append(time.perf_counter())

    settings = Hyperparameters(epochs=2, ema_decay=0.99)
    with tempfile.TemporaryDirectory() as folder:
        pictures = examples(data)
        for name, number in (("train", _TRAIN), ("eval", _EVAL)):
            with tf.io.TFRecordWriter(f"{folder}/{name}.gz", "GZIP") as writer:
                for example in itertools.islice(pictures, number):
                    writer.write(example)
        steps = -(-_TRAIN // settings.batch_size) * settings.epochs
        model = models.build(settings, ImageFormat())
        compile_model(model, settings, steps=steps)
        times = Times()
        size, spec = settings.batch_size, make_feature_spec()
        fit(
            model,
            read_passes(
                [f"{folder}/train.gz"], spec, batch_size=size, augmentation=settings.augmentation
            ),
            input_fn([f"{folder}/eval.gz"], spec, batch_size=size),
            settings,
            folder=CheckpointFolder(f"{folder}/checkpoints", "one"),
            callbacks=[times],
        )
        ended = time.perf_counter()
    stepping = times.measured[-1] - times.begun[-1]
    rest = ended - times.measured[-1]
    print("\n| steps of an epoch, s | measuring and checkpoint, s | share |\n|---:|---:|---:|")
    print(f"| {stepping:.1f} | {rest:.1f} | {rest / stepping:.1%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("rate", "overhead"))
    parser.add_argument("--data", required=True, help="a .tar or .tar.gz of UTKFace files")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of `rate`")
    arguments = parser.parse_args()
    if arguments.what == "rate":
        measure_rate(arguments.data, arguments.repeat)
    else:
        measure_overhead(arguments.data)


if __name__ == "__main__":
    sys.exit(main())
