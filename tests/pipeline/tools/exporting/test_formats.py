"""A file answers as the SavedModel does to the same pictures."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
from PIL import Image

from pipeline.tools.exporting.export import convert
from pipeline.tools.exporting.formats import FORMATS
from pipeline.tools.exporting.pixels_model import SIGNATURE
from trainer import features
from trainer.signatures import SERVING_BYTES, SERVING_PIXELS

Outputs = dict[str, np.ndarray]
SHAPES = {"age_output": 1, "gender_output": 1, "race_output": 5}


@pytest.fixture(scope="module")
def files(saved_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each format, in a folder that held nothing."""
    folder = tmp_path_factory.mktemp("files")
    found = {}
    for name in FORMATS:
        found[name] = folder / f"model.{name}"
        export = convert(str(saved_model), name, str(found[name]))
        assert export.size == found[name].stat().st_size > 1e6
        assert export.differences.keys() == SHAPES.keys()
    assert sorted(folder.iterdir()) == sorted(found.values())
    return found


def run_tflite(path: Path, pixels: np.ndarray) -> Outputs:
    interpreter = tf.lite.Interpreter(str(path))
    (detail,) = interpreter.get_input_details()
    assert detail["dtype"] is np.uint8
    assert detail["shape_signature"].tolist() == [-1, *features.IMAGE_SHAPE]
    interpreter.resize_tensor_input(detail["index"], pixels.shape)
    interpreter.allocate_tensors()
    ((name, signature),) = interpreter.get_signature_list().items()
    assert (name, signature["inputs"]) == ("serving_pixels", ["pixels"])
    return interpreter.get_signature_runner()(pixels=pixels)


def run_onnx(path: Path, pixels: np.ndarray) -> Outputs:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    assert (taken.name, taken.type) == ("pixels", "tensor(uint8)")
    assert taken.shape == ["batch", *features.IMAGE_SHAPE]
    given = session.get_outputs()
    assert all(output.shape[0] == "batch" for output in given)
    names = [output.name for output in given]
    return dict(zip(names, session.run(None, {"pixels": pixels}), strict=True))


RUNNERS: dict[str, Callable[[Path, np.ndarray], Outputs]] = {"tflite": run_tflite, "onnx": run_onnx}


def make_images(count: int) -> np.ndarray:
    """Uneven colours, brighter from picture to picture."""
    random = np.random.default_rng(3)
    pixels = random.integers(0, 200, (count, *features.IMAGE_SHAPE), np.uint8)
    return pixels + (np.arange(count, dtype=np.uint8) * 25)[:, None, None, None]


def encode(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_every_format_is_tried() -> None:
    assert RUNNERS.keys() == FORMATS.keys()
    assert {name: found.missing() for name, found in FORMATS.items()} == {"tflite": [], "onnx": []}


def test_the_signature_is_that_of_the_trainer() -> None:
    assert SIGNATURE == SERVING_PIXELS


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", RUNNERS)
def test_a_file_says_of_pixels_what_the_model_says_of_their_pictures(
    files: dict[str, Path], saved_model: Path, name: str, count: int
) -> None:
    pixels = make_images(count)
    answer = tf.saved_model.load(str(saved_model)).signatures[SERVING_BYTES]
    expected = answer(image_bytes=tf.constant([encode(each) for each in pixels]))
    outputs = RUNNERS[name](files[name], pixels)
    assert {key: value.shape for key, value in outputs.items()} == {
        key: (count, width) for key, width in SHAPES.items()
    }
    assert all(value.dtype == np.float32 for value in outputs.values())
    np.testing.assert_allclose(outputs["age_output"], expected["age_output"], rtol=0, atol=1e-3)
    for key in ("gender_output", "race_output"):
        np.testing.assert_allclose(outputs[key], expected[key], rtol=0, atol=1e-5)
    if count > 1:
        assert np.ptp(outputs["age_output"]) > 0.1


def test_tflite_needs_none_of_the_operations_of_tensorflow(files: dict[str, Path]) -> None:
    # They are custom operations, whose names stand in the file.
    assert b"Flex" not in files["tflite"].read_bytes()


def test_onnx_needs_none_but_its_own_operations(files: dict[str, Path]) -> None:
    model = onnx.load(str(files["onnx"]))
    onnx.checker.check_model(model, full_check=True)
    assert {node.domain for node in model.graph.node} == {""}
    assert {found.domain: found.version for found in model.opset_import}[""] == 17
