"""What a file becomes: features, bytes and a digest."""

import hashlib
import io

import pytest
import tensorflow as tf
from PIL import Image

from components.utkface_example_gen.examples import record_digest, serialise, to_example
from components.utkface_example_gen.rejection import RejectedFile
from components.utkface_example_gen.source import ImageFile

NAME = "39_1_4_20170116174525125.jpg.chip.jpg"


@pytest.fixture(scope="module")
def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 150, 120)).save(file, "JPEG")
    return file.getvalue()


def rejection(file: ImageFile) -> tuple[str, str]:
    with pytest.raises(RejectedFile) as caught:
        to_example(file)
    return caught.value.reason, caught.value.detail


def test_an_example_has_the_raw_features_and_no_other(picture: bytes) -> None:
    example = to_example(ImageFile(f"/faces/{NAME}", NAME, picture))
    values = {}
    for key, feature in example.features.feature.items():
        (values[key],) = getattr(feature, feature.WhichOneof("kind")).value
    assert values == {
        "image": picture,
        "file_name": NAME.encode(),
        "age": 39,
        "gender": 1,
        "race": 4,
        "age_band": b"30-39",
    }


def test_the_folder_of_a_file_leaves_no_trace_in_its_example(picture: bytes) -> None:
    here, there = (to_example(ImageFile(p, NAME, picture)) for p in ("/a/x", "gs://b/c.tar!x"))
    assert serialise(here) == serialise(there)


def test_equal_examples_have_equal_bytes_whatever_order_they_were_filled_in(picture: bytes) -> None:
    example = to_example(ImageFile(NAME, NAME, picture))
    backwards = tf.train.Example()
    for key in reversed(sorted(example.features.feature)):
        backwards.features.feature[key].CopyFrom(example.features.feature[key])
    assert serialise(backwards) == serialise(example)
    assert tf.train.Example.FromString(serialise(example)) == example


def test_a_digest_is_the_sha256_of_the_record() -> None:
    assert record_digest(b"record") == hashlib.sha256(b"record").digest()


def test_an_unreadable_file_keeps_the_file_systems_words() -> None:
    file = ImageFile(NAME, NAME, None, "PermissionError: denied")
    assert rejection(file) == ("unreadable", "PermissionError: denied")


def test_a_file_is_rejected_for_its_name_before_its_bytes_are_looked_at() -> None:
    assert rejection(ImageFile("x", "x", b""))[0] == "name-grammar"
    assert rejection(ImageFile(NAME, NAME, b""))[0] == "empty-file"
    assert rejection(ImageFile(NAME, NAME, b"text"))[0] == "not-an-image"
    too_old = NAME.replace("39", "117", 1)
    assert rejection(ImageFile(too_old, too_old, b"text"))[0] == "label-out-of-range"
