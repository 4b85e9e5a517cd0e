"""A model that brings code is refused before Keras looks at it."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trainer.state.safe_models import load_safely
from trainer.state.training_state import TrainingStateError, read_training_state


def save(folder: Path, *layers: keras.layers.Layer) -> Path:
    model = keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    path = folder / "model.keras"
    model.save(path)
    return path


def plant(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes the description of the first Dense layer in a file."""
    original = path.with_suffix(".original")
    path.rename(original)
    with zipfile.ZipFile(original) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "config.json":
                config = json.loads(content)
                (dense,) = (
                    layer for layer in config["config"]["layers"] if layer["class_name"] == "Dense"
                )
                change(dense)
                content = json.dumps(config).encode()
            after.writestr(name, content)


def test_a_model_of_keras_layers_is_loaded(tmp_path: Path) -> None:
    model = load_safely(str(save(tmp_path, keras.layers.Dense(3, "relu"))))
    assert model.predict(np.ones((1, 2)), verbose=0).shape == (1, 1)


def test_a_lambda_is_refused_without_running_it(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    path = save(tmp_path, keras.layers.Lambda(eval(f"lambda x: open({str(ran)!r}, 'w') and x")))
    ran.unlink()
    with pytest.raises(TrainingStateError) as caught:
        read_training_state(str(tmp_path), "20261130T0-span1")
    assert "20261130T0-span1: expected a model of this release" in str(caught.value)
    assert "the model has a Lambda, which could run any code" in str(caught.value)
    assert "set trainer.warm_start=none" in str(caught.value)
    assert path.exists() and not ran.exists()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda layer: layer.update(class_name="TFSMLayer"), "has a TFSMLayer, which could run"),
        (
            lambda layer: layer.update(module="os", class_name="system", registered_name=None),
            "has os.system, which is not a part of Keras",
        ),
        (
            lambda layer: layer.update(module="kerasx.layers", registered_name="x>Dense"),
            "has kerasx.layers.Dense, which is not a part of Keras",
        ),
        (
            lambda layer: layer["config"].update(
                activation={"class_name": "__lambda__", "config": {"value": ["4wEAAA=="]}}
            ),
            "has a __lambda__, which could run any code",
        ),
    ],
)
def test_a_planted_part_is_refused(tmp_path: Path, change, problem: str) -> None:
    path = save(tmp_path)
    plant(path, change)
    with pytest.raises(ValueError, match=problem):
        load_safely(str(path))


def test_hdf5_is_refused_under_any_name(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(tmp_path / "model.h5")
    shutil.copy(tmp_path / "model.h5", tmp_path / "model.keras")
    for name in ("model.h5", "model.keras"):
        with pytest.raises(ValueError, match=r"expected a \.keras file, a zip archive"):
            load_safely(str(tmp_path / name))
