"""Trains with trainer.run_fn on a few random examples; tests run this script as a process.

    python train_small.py FOLDER NAME SETTINGS [EPOCH]

With EPOCH, the script hangs in the middle of that epoch, for the test to kill it there.
"""

import json
import logging
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import tensorflow as tf
from tfx.components.trainer.fn_args_utils import FnArgs

from trainer import features, run_fn
from trainer.models.batch_normalization import FusedBatchNormalization
from trainer.models.dropout import Dropout
from trainer.models.heads import head_units
from trainer.progress import LOGGER
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.model_state import read_state
from trainer.tasks import AGE, GENDER, RACE

# With batches of eight, the last batch is smaller, and two replicas can halve it.
_EXAMPLES = {"train": 38, "eval": 12}


def write_examples(folder: Path) -> None:
    """Writes noise images that are brighter for higher ages; each call writes the same."""
    generator = np.random.default_rng(0)
    for split, count in _EXAMPLES.items():
        (folder / split).mkdir(exist_ok=True)
        with tf.io.TFRecordWriter(str(folder / split / "part-0.gz"), "GZIP") as writer:
            for number in range(count):
                age = int(generator.integers(1, 90))
                pixels = generator.integers(age, age + 100, features.IMAGE_SHAPE, np.uint8)
                writer.write(encode(pixels, age, number % 2, number % 5))


def encode(pixels: np.ndarray, *labels: int) -> bytes:
    image = tf.train.BytesList(value=[tf.io.serialize_tensor(pixels).numpy()])
    feature = {features.PIXELS_KEY: tf.train.Feature(bytes_list=image)}
    for key, value in {features.CHANNEL_MEAN_KEY: 90.0, features.CHANNEL_SCALE_KEY: 0.02}.items():
        floats = tf.train.FloatList(value=[value] * features.CHANNELS)
        feature[key] = tf.train.Feature(float_list=floats)
    for key, label in zip(features.LABEL_KEYS, labels, strict=True):
        feature[key] = tf.train.Feature(int64_list=tf.train.Int64List(value=[label]))
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def transform_output(path: str) -> SimpleNamespace:
    """Returns the feature spec of the examples, as a TFTransformOutput does."""
    spec = {features.PIXELS_KEY: tf.io.FixedLenFeature([], tf.string)}
    for key in (features.CHANNEL_MEAN_KEY, features.CHANNEL_SCALE_KEY):
        spec[key] = tf.io.FixedLenFeature([features.CHANNELS], tf.float32)
    spec |= {key: tf.io.FixedLenFeature([], tf.int64) for key in features.LABEL_KEYS}
    return SimpleNamespace(transformed_feature_spec=lambda: spec)


def plain_model(*_: object) -> keras.Model:
    """A model without batch statistics: its result does not depend on how a batch is divided."""
    inputs = keras.Input(features.IMAGE_SHAPE)
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(24)(inputs))
    x = keras.layers.Dense(16, "relu")(x)
    return keras.Model(
        inputs,
        {
            AGE.output_key: keras.layers.Dense(1)(x),
            GENDER.output_key: keras.layers.Dense(1, "sigmoid")(x),
            RACE.output_key: keras.layers.Dense(5, "softmax")(x),
        },
    )


def small_model(hyperparameters: Hyperparameters, *_: object) -> keras.Model:
    """A model with all the kinds of state of the real models, which is traced in a second."""
    inputs = keras.Input(features.IMAGE_SHAPE)
    x = keras.layers.Conv2D(8, 8, strides=8, use_bias=False)(inputs)
    x = keras.layers.Activation("relu")(FusedBatchNormalization()(x))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(8, 1, use_bias=False)(x))
    x = Dropout(0.3)(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(
        inputs,
        {
            AGE.output_key: keras.layers.Dense(head_units(AGE, hyperparameters))(x),
            GENDER.output_key: keras.layers.Dense(1, "sigmoid")(x),
            RACE.output_key: keras.layers.Dense(5, "softmax")(x),
        },
    )


class StateWriter:
    """Stands in for the SavedModel: writes the full state of the model."""

    def __init__(self, model: keras.Model, output: object, *, mirrored: bool):
        self._state = read_state(model)

    def save(self, path: str) -> None:
        np.savez(path, **self._state)


class Hang(logging.Handler):
    def __init__(self, epoch: int):
        super().__init__()
        self._epoch = epoch

    def emit(self, record: logging.LogRecord) -> None:
        training = getattr(record, "training", None)
        if training and (training["epoch"], training["step"]) == (self._epoch, 2):
            print("hanging", flush=True)
            time.sleep(600)


def main(folder: Path, name: str, settings: str, epoch: str = "0") -> None:
    if not (folder / "train").exists():
        write_examples(folder)
    run_fn.tft.TFTransformOutput = transform_output
    run_fn.ServingModule = StateWriter
    chosen = json.loads(settings)
    models = {"plain": plain_model, "small": small_model, "real": run_fn.models.build}
    run_fn.models.build = models[chosen.pop("model", "real")]
    if devices := chosen.pop("replicas", 0):
        (cpu,) = tf.config.list_physical_devices("CPU")
        logical = [tf.config.LogicalDeviceConfiguration()] * devices
        tf.config.set_logical_device_configuration(cpu, logical)
        names = [f"CPU:{number}" for number in range(devices)]
        run_fn.devices.distribution_strategy = lambda: tf.distribute.MirroredStrategy(names)
    LOGGER.setLevel(logging.DEBUG)
    LOGGER.addHandler(Hang(int(epoch)))
    (folder / name).mkdir(exist_ok=True)
    run_fn.run_fn(
        FnArgs(
            train_files=[str(folder / "train" / "*")],
            eval_files=[str(folder / "eval" / "*")],
            transform_graph_path="transform_graph",
            custom_config={"batch_size": 8, **chosen},
            serving_model_dir=str(folder / name / "state.npz"),
            model_run_dir=str(folder / name / "model_run"),
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
