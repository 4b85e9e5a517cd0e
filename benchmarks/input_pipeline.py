"""Measures the input pipeline: its rate compared with training steps, and its memory.

    python benchmarks/input_pipeline.py rate --data crop_part1.tar.gz --repeat 5
    python benchmarks/input_pipeline.py growth --data crop_part1.tar.gz

Both write the images into gzipped TFRecords as Transform does, without running Transform. `rate`
alternates in one process: passes over the train split that do nothing with the batches, without and
with the tutorial's augmentation; and training steps on one batch that read nothing. `growth` uses
the images once and 16 times, each in a process of its own, which trains `compact` for 50 steps with
the tutorial's augmentation and then passes over all images. Both print a Markdown table; `rate`
prints the medians of the rounds.
"""

import argparse
import io
import multiprocessing
import statistics
import sys
import tarfile
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from trainer.tasks import AGE, GENDER, RACE

_BATCH_SIZE = 32
_STEPS = {"compact": 40, "seed": 4}
# Copies of the images.
_COPIES = (1, 16)
_GROWTH_STEPS = 50


def examples(data: str) -> Iterator[bytes]:
    """Yields the examples that Transform would make of the images."""
    import numpy as np
    import tensorflow as tf
    from PIL import Image

    from trainer import features

    def numbers(*values: float) -> tf.train.Feature:
        if isinstance(values[0], int):
            return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))

    with tarfile.open(data) as archive:
        for member in archive:
            file = archive.extractfile(member)
            fields = member.name.rpartition("/")[2].split("_")
            if file is None or len(fields) != 4:
                continue
            image = Image.open(io.BytesIO(file.read())).convert("RGB")
            pixels = np.asarray(image.resize((features.IMAGE_SIZE, features.IMAGE_SIZE)))
            content = tf.train.BytesList(value=[tf.io.serialize_tensor(pixels).numpy()])
            feature = {
                **dict(zip(features.LABEL_KEYS, map(numbers, map(int, fields)), strict=False)),
                features.PIXELS_KEY: tf.train.Feature(bytes_list=content),
                features.CHANNEL_MEAN_KEY: numbers(150.0, 120.0, 100.0),
                features.CHANNEL_SCALE_KEY: numbers(*[1 / 60] * 3),
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            yield example.SerializeToString()


def write_records(data: str, folder: Path) -> int:
    """Writes one file, as Transform does on one machine; returns the number of examples."""
    import tensorflow as tf

    count = 0
    with tf.io.TFRecordWriter(str(folder / "copy-0.gz"), "GZIP") as writer:
        for example in examples(data):
            writer.write(example)
            count += 1
    return count


def make_feature_spec() -> Any:
    """Returns the feature spec for input_fn, in the form of a Transform output."""
    import tensorflow as tf

    from trainer import features

    spec = {features.PIXELS_KEY: tf.io.FixedLenFeature([], tf.string)}
    for key in (features.CHANNEL_MEAN_KEY, features.CHANNEL_SCALE_KEY):
        spec[key] = tf.io.FixedLenFeature([features.CHANNELS], tf.float32)
    spec |= {key: tf.io.FixedLenFeature([], tf.int64) for key in features.LABEL_KEYS}
    return SimpleNamespace(transformed_feature_spec=lambda: spec)


def make_dataset(pattern: str, method: Any) -> Any:
    from trainer.input_fn import input_fn
    from trainer.settings.augmentation import AugmentationSettings

    return input_fn(
        [pattern],
        make_feature_spec(),
        batch_size=_BATCH_SIZE,
        shuffle_seed=1,
        augmentation=AugmentationSettings(method=method),
    )


def make_model(architecture: str) -> Any:
    import keras

    from trainer import models
    from trainer.image_format import ImageFormat
    from trainer.settings.hyperparameters import Hyperparameters

    hyperparameters = Hyperparameters(architecture=architecture, age_loss="mse")
    model = models.build(hyperparameters, ImageFormat())
    model.compile(
        optimizer="adam",
        loss={
            AGE.output_key: keras.losses.MeanSquaredError(),
            GENDER.output_key: keras.losses.BinaryCrossentropy(),
            RACE.output_key: keras.losses.SparseCategoricalCrossentropy(),
        },
    )
    return model


def count(dataset: Any) -> int:
    """Returns the number of images in a dataset, counted inside TensorFlow."""
    import tensorflow as tf

    total = dataset.reduce(tf.constant(0), lambda number, batch: number + tf.shape(batch[0])[0])
    return int(total)


def rates(work: Callable[[], int]) -> tuple[float, float]:
    """Returns images per second, and images per second of CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    images = work()
    return images / (time.perf_counter() - wall), images / (time.process_time() - cpu)


def measure_rate(data: str, repeat: int) -> None:
    """Prints the images per second of each, and the pipeline's rate relative to the steps'."""
    with tempfile.TemporaryDirectory() as folder:
        number = write_records(data, Path(folder))
        pattern = f"{folder}/*"
        datasets = {method: make_dataset(pattern, method) for method in ("none", "tutorial")}
        batch = next(iter(datasets["none"].repeat()))
        models = {architecture: make_model(architecture) for architecture in _STEPS}

        def first_epoch(method: str) -> int:
            return count(make_dataset(pattern, method))

        def later_epoch(method: str) -> int:
            return count(datasets[method])

        def train(architecture: str) -> int:
            import tensorflow as tf

            steps = _STEPS[architecture]
            same = tf.data.Dataset.from_tensors(batch).repeat(steps)
            models[architecture].fit(same, verbose=0)
            return steps * _BATCH_SIZE

        work: dict[str, Callable[[], int]] = {}
        for method in datasets:
            work[f"first epoch, augmentation `{method}`"] = lambda method=method: first_epoch(
                method
            )
            work[f"later epochs, augmentation `{method}`"] = lambda method=method: later_epoch(
                method
            )
        for architecture in models:
            work[f"training step, `{architecture}`"] = lambda name=architecture: train(name)
        for each in work.values():
            each()  # includes one-time compiling and loading
        measured = defaultdict(list)
        for _ in range(repeat):
            for name, each in work.items():
                measured[name].append(rates(each))
    medians = {
        name: [statistics.median(x) for x in zip(*m, strict=True)] for name, m in measured.items()
    }
    steps = [medians[name][0] for name in medians if name.startswith("training")]
    print(f"{number:,} pictures, batches of {_BATCH_SIZE}, the median of {repeat} rounds:\n")
    heads = ["images/s", "images/s of a core", *(f"times `{name}`" for name in models)]
    print(f"| | {' | '.join(heads)} |\n|---|{'---:|' * len(heads)}")
    for name, (wall, cpu) in medians.items():
        ratios = [f"{wall / step:.1f}" for step in steps]
        print(f"| {name} | {wall:,.0f} | {cpu:,.0f} | {' | '.join(ratios)} |")


def train_alone(pattern: str, results: Any) -> None:
    """Reports images, seconds and the peak memory of the process, in MiB."""
    import keras

    keras.utils.set_random_seed(1)
    start = time.perf_counter()
    dataset = make_dataset(pattern, "tutorial")
    make_model("compact").fit(dataset, steps_per_epoch=_GROWTH_STEPS, verbose=0)
    images = count(dataset)
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    results.put((images, seconds, int(peak) / 1024))


def measure_growth(data: str) -> None:
    """Prints the seconds and the peak memory by the number of copies."""
    print("| copies | pictures | seconds | peak memory, MiB | of one copy |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    context = multiprocessing.get_context("spawn")
    first = None
    with tempfile.TemporaryDirectory() as folder:
        write_records(data, Path(folder))
        for copies in _COPIES:
            for copy in range(1, copies):
                (Path(folder) / f"copy-{copy}.gz").symlink_to("copy-0.gz")
            results = context.Queue()
            process = context.Process(target=train_alone, args=(f"{folder}/*", results))
            process.start()
            images, seconds, peak = results.get()
            process.join()
            first = first or peak
            print(
                f"| {copies} | {images:,} | {seconds:.0f} | {peak:.0f} | {peak / first:.2f} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("rate", "growth"))
    parser.add_argument("--data", required=True, help="a .tar or .tar.gz of UTKFace files")
    parser.add_argument("--repeat", type=int, default=5, help="rounds of `rate`")
    arguments = parser.parse_args()
    if arguments.what == "rate":
        measure_rate(arguments.data, arguments.repeat)
    else:
        measure_growth(arguments.data)


if __name__ == "__main__":
    sys.exit(main())
