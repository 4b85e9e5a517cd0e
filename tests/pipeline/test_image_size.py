"""Images of a non-default size and a nested network, from Transform to a prediction.

Transform sets the size; the training, the signatures, the prediction and the exported files read
it from the output of Transform.
"""

import io
import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tfx.components.trainer.fn_args_utils import FnArgs

from pipeline.tools.exporting.export import convert
from pipeline.tools.prediction.prediction import Prediction, _load
from tests.components.utkface_transform.test_executor import rows, run_executor, write_raw
from tests.lanes import only_in
from trainer import features
from trainer import run_fn as entry
from trainer.image_format import ImageFormat
from trainer.input_fn import read_image_format
from trainer.measuring import training as measure_training
from trainer.models.pretrained import make_backbone
from trainer.preprocessing import image_size_of
from trainer.settings.hyperparameters import Hyperparameters
from trainer.settings.pretrained import PretrainedSettings
from trainer.state.training_state import TrainingStateError
from trainer.state.warm_start import FOLDER, NAME, TRAINING_STATE

pytestmark = [pytest.mark.slow, only_in("current", "pictures of another size are tested")]

SIZE = 64
SETTINGS = {
    "architecture": "pretrained",
    "epochs": 2,
    "batch_size": 32,
    "steps_per_epoch": 1,
    "mixed_precision": True,
    "average_mirrored": False,
}


@pytest.fixture(scope="module")
def transformed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of Transform at SIZE, with 70 training images and 3 evaluation images."""
    folder = tmp_path_factory.mktemp("sized")
    write_raw(folder / "raw")
    run_executor(folder / "raw", folder / "sized", json.dumps({features.IMAGE_SIZE_SETTING: SIZE}))
    return folder / "sized"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with random weights of the network."""
    keras.utils.set_random_seed(4)
    path = tmp_path_factory.mktemp("weights") / "small.weights.h5"
    make_backbone(PretrainedSettings(), ImageFormat(SIZE)).save_weights(path)
    return str(path)


def arguments(transformed: Path, folder: Path, **config: object) -> FnArgs:
    splits = transformed / "transformed"
    return FnArgs(
        train_files=[str(splits / "Split-train" / "*")],
        eval_files=[str(splits / "Split-eval" / "*")],
        transform_graph_path=str(transformed / "graph"),
        custom_config={**SETTINGS, **config},
        serving_model_dir=str(folder / "serving"),
        model_run_dir=str(folder / "model_run"),
    )


@pytest.fixture(scope="module")
def trained(transformed, weights, tmp_path_factory) -> Path:
    """The folder of a training as in `utkface compare`, from the weights of a file."""
    folder = tmp_path_factory.mktemp("trained")
    settings = Hyperparameters(**SETTINGS, pretrained={"weights": weights, "frozen_epochs": 1})
    found = measure_training.train_once(settings, arguments(transformed, folder), folder)
    (folder / "found.json").write_text(json.dumps(found))
    return folder


def picture(size: tuple[int, int] = (80, 100)) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_transform_resizes_images_and_records_the_size(transformed: Path) -> None:
    for split in ("train", "eval"):
        sizes = {image_size_of(row[features.PIXELS_KEY]) for row in rows(transformed, split)}
        assert sizes == {SIZE}
    found = read_image_format([str(transformed / "transformed" / "Split-train" / "*")])
    first = rows(transformed, "train")[0]
    assert found.size == SIZE
    np.testing.assert_array_equal(np.float32(found.mean), first[features.CHANNEL_MEAN_KEY])
    np.testing.assert_array_equal(np.float32(found.scale), first[features.CHANNEL_SCALE_KEY])


def test_a_training_is_measured_and_records_its_image_size(trained: Path) -> None:
    found = json.loads((trained / "found.json").read_text())
    history = json.loads((trained / "model_run" / "history.json").read_text())
    assert history["image_size"] == SIZE
    assert found["epochs"] == 2 and found["flops"] == 2 * found["macs"] > 1_000_000
    # The cosine schedule reaches 0 at the end of each phase.
    assert [logs["learning_rate"] for logs in history["epochs"]] == pytest.approx([0, 0], abs=1e-8)


def test_signatures_accept_the_image_size_and_compute_in_float32(trained: Path) -> None:
    signatures = tf.saved_model.load(str(trained / "serving")).signatures
    (taken,) = signatures["serving_pixels"].structured_input_signature[1].values()
    assert taken == tf.TensorSpec([None, SIZE, SIZE, 3], tf.uint8, name="pixels")
    kinds = {
        tensor.dtype
        for operation in signatures["serving_pixels"].graph.get_operations()
        for tensor in operation.outputs
    }
    assert tf.bfloat16 not in kinds and tf.float16 not in kinds
    resized = Image.open(io.BytesIO(picture((SIZE, SIZE))))
    answers = signatures["serving_bytes"](image_bytes=tf.constant([picture((SIZE, SIZE))]))
    pixels = tf.constant(np.asarray(resized)[np.newaxis])
    for name, value in signatures["serving_pixels"](pixels=pixels).items():
        np.testing.assert_allclose(value, answers[name], rtol=1e-4, atol=1e-5)


def test_an_image_of_any_size_is_predicted(trained: Path) -> None:
    (row,) = _load(trained / "serving")([picture()])
    prediction = Prediction.of(*row)
    assert isinstance(prediction.values["age"], int)
    assert sum(prediction.probabilities["race"].values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("format_name", ["tflite", "onnx"])
def test_an_exported_file_has_the_image_size(
    trained: Path, tmp_path: Path, format_name: str
) -> None:
    if format_name == "onnx":
        pytest.importorskip("tf2onnx")
    written = convert(str(trained / "serving"), format_name, str(tmp_path / "model"))
    assert written.shape == (SIZE, SIZE, 3)
    assert written.differences.keys() == {"age_output", "gender_output", "race_output"}
    assert (tmp_path / "model").stat().st_size == written.size > 1_000_000


def test_a_warm_start_needs_a_model_of_the_same_image_size(
    transformed: Path, trained: Path, tmp_path: Path
) -> None:
    found = {FOLDER: str(trained / "model_run"), NAME: "/runs/first"}
    warm = {"warm_start": "/runs/first", TRAINING_STATE: found}
    entry.run_fn(arguments(transformed, tmp_path / "second", **warm))
    history = json.loads((tmp_path / "second" / "model_run" / "history.json").read_text())
    assert history["warm_start"]["from"] == "/runs/first"
    assert history["warm_start"]["optimizer"] == "kept"
    run_executor(
        transformed.parent / "raw",
        tmp_path / "other",
        json.dumps({features.IMAGE_SIZE_SETTING: 32}),
    )
    with pytest.raises(TrainingStateError, match=r"takes images of \[64, 64, 3\], not of \[32"):
        entry.run_fn(arguments(tmp_path / "other", tmp_path / "third", **warm))
