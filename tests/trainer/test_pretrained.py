"""`pretrained`: any network of keras.applications, its range of pixels, and its weights."""

import importlib
import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format
from pydantic import ValidationError

from trainer import models
from trainer.image_format import ImageFormat
from trainer.models.macs import count_macs
from trainer.models.nested import leaf_layers, nested_models
from trainer.models.pretrained import PixelRange, make_backbone
from trainer.models.pretrained_weights import digest_weights
from trainer.settings.hyperparameters import Hyperparameters
from trainer.settings.pretrained import PretrainedError, PretrainedSettings, list_applications

IMAGES = ImageFormat(32, (120.0, 110.0, 100.0), (0.02, 0.015, 0.01))


def settings(**changes: object) -> Hyperparameters:
    return Hyperparameters(architecture="pretrained", pretrained=PretrainedSettings(**changes))


@pytest.fixture(scope="module")
def backbone() -> keras.Model:
    keras.utils.set_random_seed(9)
    return make_backbone(PretrainedSettings(), IMAGES)


def test_the_names_that_are_read_are_those_that_keras_has() -> None:
    names = [name for name in dir(keras.applications) if name[0].isupper()]
    assert list(list_applications()) == names and "MobileNetV3Small" in names
    for name in names:
        module = importlib.import_module(getattr(keras.applications, name).__module__)
        assert callable(module.preprocess_input), name


def test_a_network_that_keras_has_not_is_refused_with_those_it_has() -> None:
    with pytest.raises(ValidationError, match=r"expected a network of .*, MobileNetV3Small, "):
        PretrainedSettings(application="MobileNetV9")
    unknown = PretrainedSettings.model_construct(application="MobileNetV9", weights=None)
    with pytest.raises(PretrainedError, match=r"Found 'MobileNetV9', which Keras 3\."):
        make_backbone(unknown, IMAGES)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"weights": "a.ckpt"}, r"weights\n.*expected a file that ends in \.weights\.h5, \.keras"),
        ({"frozen_epochs": -1}, "frozen_epochs\n"),
        ({"fine_tune_learning_rate": 0}, "fine_tune_learning_rate\n"),
        ({"top": True}, "top\n.*Extra inputs"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, object], line: str) -> None:
    with pytest.raises(ValidationError, match=line):
        PretrainedSettings(**changes)


def test_some_epochs_are_left_for_all_layers() -> None:
    with pytest.raises(ValidationError, match="expected frozen_epochs below 3, the number"):
        Hyperparameters(architecture="pretrained", epochs=3, pretrained={"frozen_epochs": 3})
    # Another architecture has none, whatever is set.
    assert Hyperparameters(epochs=3, pretrained={"frozen_epochs": 3}).frozen_epochs == 0


def test_a_path_is_absolute_and_a_uri_is_left() -> None:
    assert PretrainedSettings(weights="w.h5").weights == str(Path.cwd() / "w.h5")
    assert PretrainedSettings(weights="s3://b/w.keras").weights == "s3://b/w.keras"


# One of each kind of preprocessing: inside the network, -1 to 1, BGR, and ImageNet's mean.
@pytest.mark.parametrize("name", ["MobileNetV3Small", "MobileNetV2", "ResNet50", "DenseNet121"])
def test_a_network_gets_the_values_that_its_own_preprocessing_makes(name: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype("float32")
    images = (pixels - np.array(IMAGES.mean)) * np.array(IMAGES.scale)
    layer = PixelRange(name, IMAGES.mean, IMAGES.scale)
    module = importlib.import_module(getattr(keras.applications, name).__module__)
    expected = module.preprocess_input(pixels.copy())
    np.testing.assert_allclose(layer(images.astype("float32")), expected, rtol=1e-4, atol=1e-3)
    copy = PixelRange.from_config(json.loads(json.dumps(layer.get_config())))
    np.testing.assert_array_equal(copy(images), layer(images))
    assert layer.compute_dtype == "float32"


@pytest.mark.parametrize("name", ["MobileNetV3Small", "NASNetMobile", "ConvNeXtTiny"])
def test_a_network_has_its_heads_and_its_multiplications(name: str) -> None:
    model = models.build(settings(application=name), IMAGES)
    assert {key: output.shape for key, output in model.output.items()} == {
        "age_output": (None, 117),
        "gender_output": (None, 1),
        "race_output": (None, 5),
    }
    assert model.input.shape == (None, 32, 32, 3)
    (inside,) = nested_models(model)
    heads = inside.output.shape[-1] * (117 + 1 + 5)
    assert count_macs(model) == count_macs(inside) + heads > 1_000_000
    for layer in leaf_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            assert layer.momentum <= 0.95


def test_an_image_that_is_too_small_is_told_with_its_setting() -> None:
    with pytest.raises(PretrainedError, match=r"image_size that Xception takes\. Found 32: .*71"):
        make_backbone(PretrainedSettings(application="Xception"), IMAGES)


def save(backbone: keras.Model, path: Path) -> str:
    """Writes the weights as the name of the file says; .h5 alone is how Keras 2 had it."""
    if path.name.endswith(".weights.h5"):
        backbone.save_weights(path)
    elif path.suffix == ".keras":
        backbone.save(path)
    else:
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, backbone)
    return str(path)


@pytest.mark.parametrize("name", ["w.weights.h5", "w.keras", "w.h5"])
def test_the_weights_of_a_file_are_taken(backbone, tmp_path, name: str) -> None:
    path = save(backbone, tmp_path / name)
    keras.utils.set_random_seed(1)
    model = models.build(settings(weights=path), IMAGES)
    (inside,) = nested_models(model)
    for found, expected in zip(inside.weights, backbone.weights, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert len(digest_weights(PretrainedSettings(weights=path))) == 64


@pytest.mark.parametrize("name", ["w.weights.h5", "w.keras", "w.h5"])
def test_the_weights_of_another_network_are_refused_with_both(tmp_path, name: str) -> None:
    other = make_backbone(PretrainedSettings(application="VGG16"), IMAGES)
    path = save(other, tmp_path / name)
    with pytest.raises(PretrainedError) as caught:
        make_backbone(PretrainedSettings(weights=path), IMAGES)
    told = str(caught.value)
    assert told.startswith(
        f"{path}: expected the weights of keras.applications.MobileNetV3Small without its top, "
        f"{len(make_backbone(PretrainedSettings(), IMAGES).weights)} arrays of 939,120 numbers. "
        "Found 26 arrays of 14,714,688 numbers, which Keras cannot load into this network: "
    )
    assert len(told) < 600


@pytest.mark.parametrize("name", ["w.weights.h5", "w.keras", "w.h5"])
@pytest.mark.parametrize("damage", [lambda content: content[:3000], lambda _: b"", lambda _: b"x"])
def test_a_damaged_file_is_told(backbone, tmp_path, name: str, damage) -> None:
    path = Path(save(backbone, tmp_path / name))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(PretrainedError, match=r"Found [\d,]+ bytes that are not a \.\w+"):
        make_backbone(PretrainedSettings(weights=str(path)), IMAGES)


def test_a_file_that_is_not_there_is_told(tmp_path) -> None:
    missing = PretrainedSettings(weights=str(tmp_path / "w.h5"))
    with pytest.raises(PretrainedError) as caught:
        make_backbone(missing, IMAGES)
    told = str(caught.value)
    assert told.startswith(f"{tmp_path}/w.h5: expected a file with the weights of keras.appl")
    assert told.endswith("to its path, or to null for random weights.")
