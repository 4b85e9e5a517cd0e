"""Which bytes pass as a picture, and that nothing but RejectedFile is ever raised."""

import io
import struct
import zlib

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from components.utkface_example_gen import images
from components.utkface_example_gen.rejection import RejectedFile


def encode(picture: Image.Image, file_format: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def png(*extra: tuple[bytes, bytes], width: int = 4, height: int = 4, end: bool = True) -> bytes:
    """A grey PNG with more chunks after its pixels; all checksums are right."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 20)), *extra]
    data = b"\x89PNG\r\n\x1a\n"
    for kind, content in [*chunks, *([(b"IEND", b"")] if end else [])]:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        data += struct.pack(">I", len(content)) + kind + content + checksum
    return data


NOISE = Image.effect_noise((48, 48), 80).convert("RGB")
JPEG = encode(NOISE)
PROGRESSIVE = encode(NOISE, progressive=True)
PNG = encode(NOISE, "PNG")


def rejection(data: bytes) -> RejectedFile | None:
    try:
        images.check(data)
    except RejectedFile as error:
        return error
    return None


def detail(data: bytes) -> str:
    """What is said of bytes that must be refused as no picture."""
    error = rejection(data)
    assert error is not None
    assert error.reason == "not-an-image"
    return error.detail


@pytest.mark.parametrize(
    ("file_format", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK")]
    + [("PNG", mode) for mode in ("RGB", "L", "1", "RGBA", "LA", "P")],
)
def test_whole_jpegs_and_pngs_are_accepted_and_tensorflow_decodes_them(
    file_format: str, mode: str
) -> None:
    data = encode(NOISE.convert(mode), file_format)
    images.check(data)
    assert tf.io.decode_jpeg(data, channels=3).shape == (48, 48, 3)


def test_no_bytes_are_an_empty_file() -> None:
    error = rejection(b"")
    assert error is not None
    assert (error.reason, error.detail) == ("empty-file", "expected a picture; found no bytes")


@pytest.mark.parametrize(
    "data",
    [b"a face", b"\0" * 99, b"<svg/>", encode(NOISE, "GIF"), encode(NOISE, "BMP")],
    ids=["text", "zeros", "svg", "gif", "bmp"],
)
def test_other_formats_are_refused_with_their_first_bytes(data: bytes) -> None:
    assert detail(data) == f"expected a JPEG or PNG picture; found bytes that begin {data[:8]!r}"


@pytest.mark.parametrize("whole", [JPEG, PROGRESSIVE], ids=["baseline", "progressive"])
@given(data=st.data())
def test_a_jpeg_cut_anywhere_is_refused(whole: bytes, data: st.DataObject) -> None:
    assert detail(whole[: data.draw(st.integers(1, len(whole) - 1))])


@given(st.integers(1, len(PNG) - 40))
def test_a_png_cut_within_its_pixels_is_refused(length: int) -> None:
    assert detail(PNG[:length])


@pytest.mark.parametrize("lost", [1, 8, 12, 13, 20, 24])
def test_a_png_cut_near_its_end_is_refused_or_can_be_decoded(lost: int) -> None:
    if rejection(PNG[:-lost]) is None:
        assert tf.io.decode_jpeg(PNG[:-lost], channels=3).shape == (48, 48, 3)


@pytest.mark.parametrize("whole", [JPEG, PROGRESSIVE, PNG], ids=["jpeg", "progressive", "png"])
@given(data=st.data())
def test_flipped_bytes_are_refused_or_harmless(whole: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole)
    places = st.integers(0, 700) | st.integers(0, len(whole) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)):
        damaged[place] = value
    error = rejection(bytes(damaged))
    assert error is None or error.reason == "not-an-image"


@given(st.binary(max_size=64), st.sampled_from([b"", JPEG[:20], PNG[:33], PNG[:8], JPEG[:2]]))
def test_any_bytes_are_refused_or_a_picture(junk: bytes, head: bytes) -> None:
    error = rejection(head + junk)
    assert error is None or error.reason == ("not-an-image" if head + junk else "empty-file")


@pytest.mark.parametrize("kind", [b"tRNS", b"gAMA", b"iCCP", b"cHRM"])
def test_a_chunk_that_is_too_short_is_a_rejection_and_no_crash(kind: bytes) -> None:
    error = rejection(png((kind, b"\0")))
    assert error is None or error.reason == "not-an-image"


def test_a_picture_without_its_end_or_with_an_unknown_part_never_reaches_tensorflow() -> None:
    for data in (png(end=False), png((b"XXXX", b""))):
        assert detail(data)


def test_no_damaged_byte_is_accepted_that_tensorflow_refuses() -> None:
    whole = encode(Image.linear_gradient("L").resize((16, 16)))
    missed = []
    for place in range(len(whole) - 60, len(whole)):
        damaged = whole[:place] + b"\xff" + whole[place + 1 :]
        if rejection(damaged) is not None:
            continue
        try:
            tf.io.decode_jpeg(damaged, channels=3)
        except tf.errors.InvalidArgumentError:
            missed.append(place)
    assert missed == []


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (5001, 5000), (2**31 - 1, 1)])
def test_enormous_dimensions_are_refused_before_any_pixel_is_made(width: int, height: int) -> None:
    found = detail(png(width=width, height=height))
    assert f"{images.MAX_PIXELS:,} pixels; found {width} x {height}" in found or "exceeds" in found


def test_no_pixels_at_all_are_refused() -> None:
    assert detail(png(width=0, height=4))


def test_a_drawing_is_told_by_its_comment_near_the_start() -> None:
    assert images.is_drawing(encode(NOISE, comment=images.DRAWING_COMMENT))
    assert not images.is_drawing(JPEG)
    assert not images.is_drawing(b"")
    assert not images.is_drawing(JPEG + images.DRAWING_COMMENT)
