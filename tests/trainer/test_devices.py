import subprocess
import sys

import pytest
import tensorflow as tf

from trainer import devices


def test_without_a_gpu_the_cpu_is_used_and_named(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    strategy = devices.distribution_strategy()
    assert strategy.num_replicas_in_sync == 1
    assert devices.describe(strategy) == "CPU"


TWO_DEVICES = """
import keras, numpy as np, tensorflow as tf
from trainer import models
from trainer.hyperparameters import Hyperparameters
from trainer.losses import compile_model
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    model = models.build("compact")
    compile_model(model, Hyperparameters())
images = np.zeros((4, 96, 96, 3), "float32")
labels = {
    "age_output": np.ones((4, 1), "float32"),
    "gender_output": np.ones((4, 1), "float32"),
    "race_output": np.ones((4, 1), "int64"),
}
dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(4)
history = model.fit(dataset, validation_data=dataset, epochs=2, verbose=0).history
assert np.isfinite(history["loss"]).all() and len(history["val_loss"]) == 2
print(strategy.num_replicas_in_sync, "replicas")
"""


@pytest.mark.slow
def test_a_mirrored_strategy_trains_the_model():
    ended = subprocess.run(
        [sys.executable, "-c", TWO_DEVICES], capture_output=True, text=True, check=False
    )
    assert ended.stdout.strip() == "2 replicas", ended.stderr[-2000:]
