"""`utkface export`: which model it takes, what it refuses, and what it leaves behind."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner, Result
from tfx.dsl.io import fileio
from tfx.utils import io_utils

from pipeline.cli import main
from pipeline.tools.exporting import tflite
from pipeline.tools.exporting.formats import FORMATS, Format


def export(*arguments: object, format_name: str = "tflite") -> Result:
    words = ["export", "--format", format_name, *map(str, arguments)]
    return CliRunner().invoke(main, words)


def one_line(result: Result) -> str:
    """The error of a result, without click's usage before it."""
    return result.output.partition("Error: ")[2].strip()


def test_the_newest_pushed_model_is_taken(saved_model: Path, tmp_path: Path) -> None:
    serving = tmp_path / "root" / "serving"
    serving.mkdir(parents=True)
    (serving / "9").mkdir()
    (serving / "10").symlink_to(saved_model)
    output = tmp_path / "model.tflite"
    result = export("--root", tmp_path / "root", "--output", output)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == [
        *("age_output", "gender_output", "race_output"),
        *("exported", "input", "model"),
    ]
    assert all("differs by at most" in line for line in lines[:3])
    size = output.stat().st_size / 1e6
    assert lines[3].split(maxsplit=1)[1] == f"{output}, {size:,.1f} MB"
    assert lines[4] == "input         pixels, uint8 [batch, 96, 96, 3]"
    assert lines[5].split() == ["model", str(serving / "10")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.tflite", "root"]


def test_a_file_that_is_there_is_left_unless_forced(saved_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.onnx"
    output.write_bytes(b"mine")
    result = export(saved_model, "--output", output, format_name="onnx")
    assert result.exit_code == 2
    assert one_line(result) == (
        f"{output}: expected a new file; it exists, and is not overwritten. "
        "Choose another path, or use --force."
    )
    assert output.read_bytes() == b"mine"
    result = export(saved_model, "--output", output, "--force", format_name="onnx")
    assert result.exit_code == 0, result.output
    assert output.stat().st_size > 1e6
    assert list(tmp_path.iterdir()) == [output]


def test_a_store_is_read_and_written(saved_model: Path) -> None:
    store = "ram://test_export"
    io_utils.copy_dir(str(saved_model), f"{store}/saved")
    result = export(f"{store}/saved/", "--output", f"{store}/model.tflite")
    assert result.exit_code == 0, result.output
    assert fileio.exists(f"{store}/model.tflite")
    result = export(f"{store}/saved", "--output", f"{store}/model.tflite")
    assert result.exit_code == 2 and "expected a new file" in one_line(result)
    result = export(f"{store}/none", "--output", f"{store}/other.tflite")
    assert result.exit_code == 2 and "expected the folder of a SavedModel" in one_line(result)


def test_a_store_that_cannot_be_reached_is_named(saved_model: Path, tmp_path: Path) -> None:
    for arguments, place in (
        ((saved_model, "--output", "foo://x/model.tflite"), "foo://x/model.tflite"),
        (("foo://x/model", "--output", tmp_path / "model.tflite"), "foo://x/model/saved_model.pb"),
        (
            (saved_model, "--output", f"file://{tmp_path}/none/model.tflite"),
            f"file://{tmp_path}/none/model.tflite",
        ),
    ):
        result = export(*arguments)
        assert result.exit_code == 2, result.output
        assert one_line(result).startswith(f"{place}: expected a reachable place; ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("amount", [1.0, float("nan")])
def test_a_file_that_answers_otherwise_is_not_written(
    saved_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, amount: float
) -> None:
    load = tflite.load

    def load_another(content: bytes):
        answers = load(content)

        def other(pixels: np.ndarray) -> dict[str, np.ndarray]:
            outputs = answers(pixels)
            return {**outputs, "age_output": outputs["age_output"] + np.float32(amount)}

        return other

    monkeypatch.setattr(tflite, "load", load_another)
    (tmp_path / "model.tflite").write_bytes(b"mine")
    result = export(saved_model, "--output", tmp_path / "model.tflite", "--force")
    assert result.exit_code == 1
    told = "nan" if np.isnan(amount) else "1"
    assert one_line(result) == (
        f"{saved_model}: Expected the predictions of the SavedModel; these differ: "
        f"age_output by {told}, where 0.01 is allowed. Nothing was written."
    )
    assert (tmp_path / "model.tflite").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["model.tflite"]


def test_a_missing_package_is_told_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Format(
        "pipeline.tools.exporting.onnx", ("no_such_converter", "click", "no_such_runtime")
    )
    monkeypatch.setitem(FORMATS, "onnx", both)
    result = export("/no/such/model", "--output", tmp_path / "model.onnx", format_name="onnx")
    assert (result.exit_code, one_line(result)) == (
        1,
        "--format onnx needs no_such_converter and no_such_runtime, which are not installed: "
        "run pip install '.[export]' in the project's folder.",
    )


def save_without_pixels(folder: Path) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"age_output": tf.strings.length(examples)}

    tf.saved_model.save(tf.Module(), str(folder), signatures={"serving_default": serve})


def test_a_model_of_an_earlier_release_is_to_be_trained_again(tmp_path: Path) -> None:
    save_without_pixels(tmp_path / "old")
    result = export(tmp_path / "old", "--output", tmp_path / "model.tflite")
    assert (result.exit_code, one_line(result)) == (
        2,
        f"{tmp_path}/old: expected a model with the signature 'serving_pixels'; found "
        "['serving_default']. An older release or another program trained it: train again, "
        "with `utkface run`.",
    )
    assert not (tmp_path / "model.tflite").exists()


def test_what_is_no_whole_saved_model_is_named(saved_model: Path, tmp_path: Path) -> None:
    result = export(tmp_path, "--output", tmp_path / "model.tflite")
    assert (result.exit_code, one_line(result)) == (
        2,
        f"{tmp_path}: expected the folder of a SavedModel; there is no saved_model.pb in it. "
        "Pushed models are the folders of ROOT/serving.",
    )
    broken = tmp_path / "broken"
    io_utils.copy_dir(str(saved_model), str(broken))
    graph = (broken / "saved_model.pb").read_bytes()
    for damage in (
        lambda: (broken / "variables" / "variables.index").unlink(),
        lambda: (broken / "saved_model.pb").write_bytes(graph[: len(graph) // 2]),
        lambda: (broken / "saved_model.pb").write_bytes(b""),
    ):
        damage()
        result = export(broken, "--output", tmp_path / "model.tflite")
        assert result.exit_code == 2, result.output
        assert one_line(result).startswith(f"{broken}: expected a complete SavedModel; loading")
    assert [path.name for path in tmp_path.iterdir()] == ["broken"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--root", "none"], "none/serving: expected a pushed model; there is none."),
        (["model", "--root", "root"], "Expected MODEL or --root; found both."),
        (["model", "--output", "none/model"], "none/model: expected a path in an existing folder"),
        (["model", "--output", "."], "File '.' is a directory."),
        (["model", "--format", "keras"], "'keras' is not one of 'tflite', 'onnx'."),
    ],
    ids=" ".join,
)
def test_what_was_asked_for_is_looked_at_first(arguments: list[str], words: str) -> None:
    result = export("--output", "model.tflite", *arguments)
    assert result.exit_code == 2
    assert words in one_line(result)
