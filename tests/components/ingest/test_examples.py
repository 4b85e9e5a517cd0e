"""Outcome, features, bytes and digest of an ingested file."""

import hashlib
import io
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from components.ingest.examine import Examined, examine
from components.ingest.examples import RecordFile, encode
from components.ingest.labels.corrections import Correction, Corrections
from components.ingest.labels.names import labels_of, own_name
from components.ingest.labels.takedowns import Takedowns
from components.ingest.ledger.rows import LedgerRow, Status
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from components.ingest.sources.reading import ImageFile
from trainer.groups import AGE_BAND

NAME = "39_1_4_20170116174525125.jpg.chip.jpg"
PLAN = IngestPlan(IngestSettings(), Corrections(), Takedowns(), {"train": 1})


@pytest.fixture(scope="module")
def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 16), (200, 150, 120)).save(file, "JPEG")
    return file.getvalue()


def look(path: str, data: bytes | None, error: str = "") -> Examined:
    name = path.rpartition("/")[2].rpartition("!")[2]
    return examine(ImageFile(path, name, data, error, relative_name=path), PLAN)


def to_record(found: Examined) -> bytes:
    assert found.picture is not None
    return encode(found.row, found.picture.data)


def test_an_example_has_exactly_the_raw_features(picture: bytes) -> None:
    example = tf.train.Example.FromString(to_record(look(f"faces/{NAME}", picture)))
    values = {}
    for key, feature in example.features.feature.items():
        (values[key],) = getattr(feature, feature.WhichOneof("kind")).value
    brightness = values.pop("brightness")
    assert values == {
        "image": picture,
        "file_name": NAME.encode(),
        "age": 39,
        "gender": 1,
        "race": 4,
        "age_band": b"30-39",
        "width": 24,
        "height": 16,
        "contrast": pytest.approx(0, abs=1),
        "sharpness": pytest.approx(0, abs=1),
    }
    assert brightness == pytest.approx(0.299 * 200 + 0.587 * 150 + 0.114 * 120, abs=2)


def test_labels_missing_in_a_correction_come_from_the_name(picture: bytes) -> None:
    corrections = Corrections({"a": Correction({"gender": 0}, "why")})
    plan = replace(PLAN, corrections=corrections)

    def corrected(name: str) -> Examined:
        return examine(ImageFile("x/a", name, picture, "", relative_name="a"), plan)

    whole = corrected(NAME)
    assert whole.row.labels == {"age": 39, "gender": 0, "race": 4}
    assert whole.row.reason == "labels-corrected"
    # Neither the correction nor the name has an age.
    lacking = corrected(NAME.replace("39_", "_", 1))
    assert (lacking.row.labels, lacking.row.reason) == (None, "label-missing")


def test_the_color_is_measured_in_one_file_in_eight() -> None:
    measured = []
    for level in range(200):
        file = io.BytesIO()
        Image.new("RGB", (24, 16), (55 + level, level, level)).save(file, "PNG")
        found = look(NAME, file.getvalue())
        example = tf.train.Example.FromString(to_record(found))
        values = example.features.feature["colour"].float_list.value
        assert found.picture is not None
        assert [*values] == ([] if found.picture.colour is None else [found.picture.colour])
        assert bool(values) == ((found.row.sha256 or "")[:1] in "01")
        measured += values
    assert 10 < len(measured) < 45
    assert all(10 < colour < 40 for colour in measured)


def test_a_record_does_not_depend_on_the_folder_of_its_file(picture: bytes) -> None:
    here, there = (to_record(look(f"{where}{NAME}", picture)) for where in ("a/b/", "c.tar!d/"))
    assert here == there


@given(
    labels=st.tuples(st.integers(0, 116), st.integers(0, 1), st.integers(0, 4)),
    sides=st.tuples(st.integers(1, 1 << 40), st.integers(1, 300)),
    scalars=st.tuples(*[st.floats(width=32)] * 3, st.none() | st.floats(width=32)),
    picture=st.binary(max_size=300),
    name=st.text(),
)
def test_a_record_matches_the_record_that_tensorflow_writes(
    labels, sides, scalars, picture, name
) -> None:
    numbers = dict(zip(("brightness", "contrast", "sharpness", "colour"), scalars, strict=True))
    width, height = sides
    row = LedgerRow(
        name=name,
        status=Status.ACCEPTED.value,
        width=width,
        height=height,
        labels=labels_of(labels),
        **numbers,
    )
    record = encode(row, picture)
    example = tf.train.Example()
    feature = example.features.feature
    values = {"width": width, "height": height, "image": picture, "file_name": own_name(name)}
    values |= {**row.labels, **numbers, "age_band": AGE_BAND.value_of(labels[0])}
    for key, value in values.items():
        if isinstance(value, int):
            feature[key].int64_list.value.append(value)
        elif isinstance(value, float):
            feature[key].float_list.value.append(value)
        elif value is not None:
            content = value if isinstance(value, bytes) else value.encode()
            feature[key].bytes_list.value.append(content)
    read = tf.train.Example.FromString(record)
    # Some protobuf releases do not sort features, and NaN never equals NaN.
    assert sorted(map(str, read.features.feature)) == sorted(map(str, feature))
    assert all(str(read.features.feature[key]) == str(feature[key]) for key in feature)
    assert len(record) == example.ByteSize()


@given(records=st.lists(st.binary(max_size=100), max_size=5))
def test_tensorflow_reads_the_records_of_a_file(records: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "records.gz")
        file = RecordFile(path.open("wb"))
        for record in records:
            file.write(record)
        file.close()
        read = tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator()
        assert list(read) == records


def test_an_unreadable_file_keeps_the_message_of_the_file_system() -> None:
    found = look(NAME, None, "PermissionError: denied")
    assert (found.row.reason, found.row.detail) == ("unreadable", "PermissionError: denied")
    assert (found.row.sha256, found.row.size, found.picture) == (None, None, None)


def test_a_file_is_rejected_for_its_name_before_its_bytes_are_examined() -> None:
    assert look("x", b"").row.reason == "name-grammar"
    assert look(NAME, b"").row.reason == "empty-file"
    assert look(NAME, b"text").row.reason == "not-an-image"
    assert look(NAME.replace("39", "117", 1), b"text").row.reason == "label-out-of-range"


def test_a_rejected_file_keeps_its_digest_and_size() -> None:
    found = look(NAME, b"text")
    assert (found.row.sha256, found.row.size) == (hashlib.sha256(b"text").hexdigest(), 4)
