"""Export of a pushed model to TFLite and ONNX, with images resized without TensorFlow."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from PIL import Image

from pipeline.root.storage import RootStorage
from trainer import features
from trainer.tasks import RACE

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def run_tflite(path: Path, pixels: np.ndarray) -> dict[str, np.ndarray]:
    return tf.lite.Interpreter(str(path)).get_signature_runner()(pixels=pixels)


def run_onnx(path: Path, pixels: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"pixels": pixels}), strict=True))


@pytest.mark.parametrize(("format_name", "run"), [("tflite", run_tflite), ("onnx", run_onnx)])
def test_an_exported_model_predicts_the_same_as_the_pushed_model(
    finished_run, utkface, tmp_path, format_name, run
):
    file = tmp_path / f"model.{format_name}"
    words = ["--root", finished_run.root, "--format", format_name, "--output", file]
    ended = utkface("export", *words)
    assert (ended.returncode, ended.stderr) == (0, "")
    pushed = RootStorage.of(finished_run.root).latest_model()
    assert ended.stdout.splitlines()[-1].split() == ["model", str(pushed)]

    faces = sorted((finished_run.data / "part1").iterdir())[:20]
    pictures = []
    for face in faces:
        with Image.open(face) as picture:
            assert picture.size == (200, 200)
            size = (features.IMAGE_SIZE, features.IMAGE_SIZE)
            pictures.append(np.asarray(picture.resize(size, Image.Resampling.BILINEAR)))
    outputs = run(file, np.stack(pictures))

    signature = tf.saved_model.load(str(pushed)).signatures["serving_bytes"]
    expected = signature(image_bytes=tf.constant([face.read_bytes() for face in faces]))
    # Some of Pillow's pixels differ by one gray level.
    np.testing.assert_allclose(outputs["age_output"], expected["age_output"], atol=0.2)
    for name in ("gender_output", "race_output"):
        np.testing.assert_allclose(outputs[name], expected[name], atol=0.02)

    told = json.loads(utkface("predict", *faces, "--root", finished_run.root, "--json").stdout)
    for row, female, races in zip(
        told, outputs["gender_output"][:, 0], outputs["race_output"], strict=True
    ):
        assert row["gender_probabilities"]["female"] == pytest.approx(female, abs=0.02)
        found = dict(zip(RACE.classes, races.tolist(), strict=True))
        assert row["race_probabilities"] == pytest.approx(found, abs=0.02)
