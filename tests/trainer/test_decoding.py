"""The pixels of a picture: in the graph the same as in the ingest, of the same bytes."""

import io
import struct
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.ingest.pictures.images import ImageLimits, examine
from components.ingest.pictures.orientation import read_orientation
from tests.components.ingest.corpus.jpegs import JPEGS
from tests.components.ingest.corpus.pngs import PNGS
from tests.components.ingest.drawn import chunk, encode, photo, segment
from trainer.decoding import decode_upright

WHOLE = {
    f"{kind}: {what}": content
    for kind, pictures in (("JPEG", JPEGS), ("PNG", PNGS))
    for what, (content, outcome) in pictures.items()
    # The one that TensorFlow reads in its own way, as trainer.signatures says.
    if outcome.status != "quarantined" and what != "CMYK without Adobe's word"
}
# The ingest makes a JPEG of their new pixels, which are noise.
ENCODED_AGAIN = {
    "JPEG: grey",
    "JPEG: CMYK",
    "JPEG: YCCK",
    *(f"JPEG: EXIF orientation {turn}" for turn in range(2, 9)),
}


@pytest.fixture(scope="module")
def decode() -> Callable[[bytes], np.ndarray]:
    """Decodes in a graph, as the transform graph and the signatures do."""
    function = tf.function(
        decode_upright, input_signature=[tf.TensorSpec([], tf.string)], autograph=False
    )
    return lambda content: function(tf.constant(content)).numpy()


def ingested(content: bytes) -> np.ndarray:
    """Returns the pixels of what the ingest stores."""
    with Image.open(io.BytesIO(examine(content, ImageLimits()).data)) as image:
        assert image.mode == "RGB"
        return np.asarray(image).astype(int)


@pytest.mark.parametrize("what", WHOLE)
def test_the_graph_decodes_what_the_ingest_accepts_alike(what, decode):
    difference = np.abs(decode(WHOLE[what]).astype(int) - ingested(WHOLE[what]))
    if what in ENCODED_AGAIN:
        assert difference.mean() < 4
    else:
        assert difference.max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_on_its_side_is_turned_exactly(orientation, decode):
    image = photo(24, 16)
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = encode(image, "PNG", exif=exif)
    np.testing.assert_array_equal(decode(lying), ingested(lying))


def test_what_comes_behind_the_end_of_a_picture_turns_nothing(decode):
    lying = Image.Exif()
    lying[0x0112] = 6
    plain = encode(photo(24, 16), "PNG")
    content = plain + chunk(b"eXIf", lying.tobytes())
    np.testing.assert_array_equal(decode(content), decode(plain))
    np.testing.assert_array_equal(decode(content), ingested(content))


def test_transparent_pixels_are_put_on_white_as_in_the_ingest(decode):
    image = photo(64, 48).convert("RGBA")
    alpha = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    image.putalpha(Image.fromarray(alpha))
    content = encode(image, "PNG")
    assert np.abs(decode(content).astype(int) - ingested(content)).max() <= 1
    assert decode(content)[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("file_format", ["GIF", "BMP", "WEBP"])
def test_other_formats_are_refused_and_told_what_is_expected(file_format, decode):
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected the bytes of a JPEG or PNG"):
        decode(encode(photo(), file_format))


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"a picture"])
def test_bytes_that_are_no_picture_are_refused(content, decode):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(content)


_HEADS = (
    b"",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"II*\0\x08\0\0\0\2\0",
    b"MM\0*\0\0\0\x08\0\2",
)
_TAGS = tuple(
    struct.pack(f"{order}HHI", tag, kind, 1) + struct.pack(f"{order}{code}", value).ljust(4, b"\0")
    for order in "<>"
    for tag in (0x0112, 0x010F)
    for kind, code in ((3, "H"), (4, "I"), (2, "H"))
    for value in (0, 3, 6, 9)
)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(_HEADS),
    st.lists(st.one_of(st.sampled_from(_TAGS), st.binary(max_size=14)), max_size=4).map(b"".join),
    st.integers(0, 12),
)
def test_every_exif_block_turns_the_picture_as_in_the_ingest(decode, head, entries, cut):
    block = (head + entries)[: max(0, len(head + entries) - cut)]
    plain = encode(photo(8, 16))
    content = plain[:20] + segment(0xE1, b"Exif\0\0" + block) + plain[20:]
    turned = {1: lambda p: p, 3: lambda p: p[::-1, ::-1], 6: lambda p: np.rot90(p, 3)}
    orientation = read_orientation(block)
    if orientation in turned:
        np.testing.assert_array_equal(decode(content), turned[orientation](decode(plain)))
    else:
        assert decode(content).size == decode(plain).size
