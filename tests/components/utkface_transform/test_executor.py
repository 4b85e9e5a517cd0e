"""Transformed examples and the transform graph that the executor writes."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from PIL import Image
from tensorflow.core.protobuf import fingerprint_pb2
from tfx.types import standard_artifacts

from components.split_counts import record_counts
from components.utkface_transform.executor import Executor
from components.utkface_transform.materialization import encode
from pipeline.settings.config import PipelineConfig
from trainer import features
from trainer.input_fn import read_records
from trainer.tasks import AGE, GENDER, RACE

COUNTS = {"train": 70, "eval": 3, "test": 1}
# In each file but the last.
IN_A_FILE = 40


def write_raw(folder: Path) -> None:
    """Writes noise images; the age is the number, and only every eighth image has a color."""
    random = np.random.default_rng(0)
    for split, count in COUNTS.items():
        (folder / f"Split-{split}").mkdir(parents=True)
        records = []
        for number in range(count):
            file = io.BytesIO()
            size = (100 + number, 120, 3)
            Image.fromarray(random.integers(0, 256, size, dtype=np.uint8)).save(file, "JPEG")
            row = {
                features.IMAGE_KEY: file.getvalue(),
                AGE.label_key: np.int64(number),
                GENDER.label_key: np.int64(number % 2),
                RACE.label_key: np.int64(number % 5),
            }
            if number % 8 == 0:
                row[features.COLOR_KEY] = np.float32(1.5)
            records.append(encode(row))
        files = [records[start : start + IN_A_FILE] for start in range(0, count, IN_A_FILE)]
        for number, file_records in enumerate(files):
            name = f"data_tfrecord-{number:05d}-of-{len(files):05d}.gz"
            with tf.io.TFRecordWriter(str(folder / f"Split-{split}" / name), "GZIP") as writer:
                for record in file_records:
                    writer.write(record)


def run_executor(
    raw: Path, folder: Path, custom_config: str = "null", recorded: dict[str, int] | None = None
) -> None:
    """Runs the executor on raw examples, with the curated schema."""
    examples, schema = standard_artifacts.Examples(), standard_artifacts.Schema()
    examples.uri, schema.uri = str(raw), str(Path(PipelineConfig(data="unused").schema_file).parent)
    examples.split_names = json.dumps(list(COUNTS))
    record_counts(examples, recorded or COUNTS)
    (folder / "schema").mkdir(parents=True)
    curated = Path(PipelineConfig(data="unused").schema_file).read_text()
    (folder / "schema" / "schema.pbtxt").write_text(curated)
    schema.uri = str(folder / "schema")
    graph, transformed = standard_artifacts.TransformGraph(), standard_artifacts.Examples()
    graph.uri, transformed.uri = str(folder / "graph"), str(folder / "transformed")
    outputs = {"transform_graph": [graph], "transformed_examples": [transformed]}
    Executor().Do(
        {"examples": [examples], "schema": [schema]},
        outputs,
        {
            "preprocessing_fn": "trainer.preprocessing.preprocessing_fn",
            "splits_config": '{"analyze": ["train"], "transform": ["train", "eval"]}',
            "disable_statistics": 1,
            "custom_config": custom_config,
        },
    )
    assert transformed.split_names == '["train", "eval"]'


def without_uuid(path: Path) -> bytes:
    """Returns the bytes of a file without the random UUID that newer TensorFlow releases add."""
    if path.name != "fingerprint.pb":
        return path.read_bytes()
    found = fingerprint_pb2.FingerprintDef.FromString(path.read_bytes())
    hashes = {field.name: value for field, value in found.ListFields() if field.name != "uuid"}
    return str(hashes).encode()


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(without_uuid(path)).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("transform")
    write_raw(folder / "raw")
    run_executor(folder / "raw", folder / "one")
    return folder


def rows(folder: Path, split: str) -> list[dict]:
    spec = tft.TFTransformOutput(str(folder / "graph")).transformed_feature_spec()
    records = read_records([str(folder / "transformed" / f"Split-{split}" / "*")])
    return [tf.io.parse_single_example(record, spec) for record in records]


def test_transformed_examples_keep_the_order_of_the_raw_examples(folder):
    for split in ("train", "eval"):
        ages = [int(row[AGE.label_key]) for row in rows(folder / "one", split)]
        assert ages == list(range(COUNTS[split]))
    written = sorted((folder / "one" / "transformed").glob("*/*"))
    assert [f"{path.parent.name}/{path.name}" for path in written] == [
        "Split-eval/transformed_examples-00000-of-00001.gz",
        "Split-train/transformed_examples-00000-of-00002.gz",
        "Split-train/transformed_examples-00001-of-00002.gz",
    ]
    # The test split is only measured on, and is not transformed.
    assert not (folder / "one" / "transformed" / "Split-test").exists()


def test_the_image_size_of_the_settings_is_the_default(folder):
    run_executor(folder / "raw", folder / "sized", '{"image_size": 96}')
    assert PipelineConfig(data="unused").image_size == features.IMAGE_SIZE == 96
    assert digests(folder / "sized" / "transformed") == digests(folder / "one" / "transformed")


def test_channel_mean_and_scale_are_computed_over_the_train_split(folder):
    found = rows(folder / "one", "train")
    pixels = np.stack(
        [tf.io.parse_tensor(row[features.PIXELS_KEY], tf.uint8).numpy() for row in found]
    ).astype(np.float64)
    mean, deviation = pixels.mean(axis=(0, 1, 2)), pixels.std(axis=(0, 1, 2))
    for row in (*found, *rows(folder / "one", "eval")):
        np.testing.assert_array_equal(row[features.CHANNEL_MEAN_KEY], mean.astype(np.float32))
        np.testing.assert_allclose(row[features.CHANNEL_SCALE_KEY], 1 / deviation, rtol=1e-6)


@pytest.mark.parametrize(("split", "count"), [("train", 71), ("eval", 2)])
def test_lost_or_repeated_examples_raise_an_error(folder, tmp_path, split, count):
    message = f"Expected transformed examples of the {count} examples in the {split} split; found"
    with pytest.raises(RuntimeError, match=message):
        run_executor(folder / "raw", tmp_path, recorded={**COUNTS, split: count})


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(folder):
    # The order of sets and maps, which differs by process, once changed features and graph.
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from test_executor import run_executor; run_executor(*map(Path, sys.argv[2:]))"
    )
    for name in ("two", "three"):
        subprocess.run(
            [sys.executable, "-c", code, Path(__file__).parent, folder / "raw", folder / name],
            check=True,
            cwd=Path(__file__).parents[3],
        )
    # Names of traced functions contain a counter of the process.
    expected = digests(folder / "two")
    assert len(expected) >= 8
    assert digests(folder / "three") == expected
    for name, digest in digests(folder / "one").items():
        assert not name.startswith("transformed/") or digest == expected[name]


def test_encoded_bytes_do_not_depend_on_the_order_of_features():
    row = {"b": np.float32([1, 2]), "a": b"x", "c": np.int64(3)}
    turned = {key: row[key] for key in ("c", "b", "a")}
    assert encode(row) == encode(turned)
    example = tf.train.Example.FromString(encode(row))
    assert list(example.features.feature["b"].float_list.value) == [1, 2]
    assert list(example.features.feature["c"].int64_list.value) == [3]
    assert list(example.features.feature["a"].bytes_list.value) == [b"x"]
