"""What a file becomes: an outcome, features, bytes and a digest."""

import hashlib
import io

import pytest
import tensorflow as tf
from PIL import Image

from components.ingest.examine import Examined, Rules, examine
from components.ingest.examples import Encoder, record_digest
from components.ingest.labels.corrections import Correction, Corrections
from components.ingest.labels.takedowns import Takedowns
from components.ingest.pictures.pictures import ImageLimits
from components.ingest.sources.reading import ImageFile

NAME = "39_1_4_20170116174525125.jpg.chip.jpg"
RULES = Rules(ImageLimits(), Corrections(), Takedowns())


@pytest.fixture(scope="module")
def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 16), (200, 150, 120)).save(file, "JPEG")
    return file.getvalue()


def look(path: str, data: bytes | None, error: str = "") -> Examined:
    name = path.rpartition("/")[2].rpartition("!")[2]
    return examine(ImageFile(path, name, data, error, relative_name=path), RULES)


def test_an_example_has_the_raw_features_and_no_other(picture: bytes) -> None:
    example = tf.train.Example.FromString(Encoder().to_record(look(f"faces/{NAME}", picture)))
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


def test_a_correction_without_a_label_leaves_it_to_the_name(picture: bytes) -> None:
    corrections = Corrections({"a": Correction({"gender": 0}, "why")})
    rules = Rules(ImageLimits(), corrections, Takedowns())

    def corrected(name: str) -> Examined:
        return examine(ImageFile("x/a", name, picture, "", relative_name="a"), rules)

    whole = corrected(NAME)
    assert whole.labels == {"age": 39, "gender": 0, "race": 4}
    assert whole.repairs == ("labels-corrected",)
    # Neither has the age.
    lacking = corrected(NAME.replace("39_", "_", 1))
    assert (lacking.labels, lacking.reason) == (None, "label-missing")


def test_one_file_in_eight_tells_its_colour() -> None:
    encoder = Encoder()
    measured = []
    for level in range(200):
        file = io.BytesIO()
        Image.new("RGB", (24, 16), (55 + level, level, level)).save(file, "PNG")
        found = look(NAME, file.getvalue())
        example = tf.train.Example.FromString(encoder.to_record(found))
        values = example.features.feature["colour"].float_list.value
        assert found.picture is not None
        assert [*values] == ([] if found.picture.colour is None else [found.picture.colour])
        assert bool(values) == (found.sha256[:1] in "01")
        measured += values
    assert 10 < len(measured) < 45
    assert all(10 < colour < 40 for colour in measured)


def test_the_folder_of_a_file_leaves_no_trace_in_its_record(picture: bytes) -> None:
    encoder = Encoder()
    here, there = (
        encoder.to_record(look(f"{where}{NAME}", picture)) for where in ("a/b/", "c.tar!d/")
    )
    assert here == there


def test_a_record_holds_nothing_of_the_one_before(picture: bytes) -> None:
    encoder, other = Encoder(), look(f"1_0_0_{'1' * 17}.jpg", picture)
    encoder.to_record(other)
    assert encoder.to_record(look(NAME, picture)) == Encoder().to_record(look(NAME, picture))


def test_a_digest_is_the_sha256_of_the_record() -> None:
    assert record_digest(b"record") == hashlib.sha256(b"record").digest()


def test_an_unreadable_file_keeps_the_file_systems_words() -> None:
    found = look(NAME, None, "PermissionError: denied")
    assert (found.reason, found.detail) == ("unreadable", "PermissionError: denied")
    assert (found.sha256, found.size, found.picture) == (None, None, None)


def test_a_file_is_rejected_for_its_name_before_its_bytes_are_looked_at() -> None:
    assert look("x", b"").reason == "name-grammar"
    assert look(NAME, b"").reason == "empty-file"
    assert look(NAME, b"text").reason == "not-an-image"
    assert look(NAME.replace("39", "117", 1), b"text").reason == "label-out-of-range"


def test_what_is_known_of_a_rejected_file_is_kept() -> None:
    found = look(NAME, b"text")
    assert (found.sha256, found.size) == (hashlib.sha256(b"text").hexdigest(), 4)
