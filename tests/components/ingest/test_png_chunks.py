"""Which PNGs are complete, and how the others are reported."""

import io
import itertools
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.ingest.pictures.images import ImageLimits, examine
from components.ingest.rejection import RejectedFile

LIMITS = ImageLimits()
WIDTH, HEIGHT = 20, 18
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
BIT_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
Chunk = tuple[bytes, bytes]


def header(
    colour: int = 2, depth: int = 8, size: tuple[int, int] = (WIDTH, HEIGHT), interlace: int = 0
) -> Chunk:
    return b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace)


def rows(colour: int = 2, depth: int = 8) -> bytes:
    """Returns uniform rows, each preceded by its filter byte."""
    return bytes(1 + -(-WIDTH * depth * CHANNELS[colour] // 8)) * HEIGHT


def png(*chunks: Chunk) -> bytes:
    """Joins chunks with correct checksums."""
    data = b"\x89PNG\r\n\x1a\n"
    for kind, content in chunks:
        data += struct.pack(">I", len(content)) + kind + content
        data += struct.pack(">I", zlib.crc32(kind + content))
    return data


PACKED = zlib.compress(rows())
PIXELS = (b"IDAT", PACKED)
END = (b"IEND", b"")
PALETTE = (b"PLTE", bytes(range(12)))


def damage(data: bytes) -> str:
    """Returns what the message reports as found in a damaged image."""
    with pytest.raises(RejectedFile) as caught:
        examine(data, LIMITS)
    assert caught.value.reason == "not-an-image"
    return caught.value.detail.removeprefix("expected a whole image; found ")


@pytest.mark.parametrize(
    ("colour", "depth"),
    [
        (0, 1),
        (0, 2),
        (0, 4),
        (0, 8),
        (0, 16),
        (2, 8),
        (2, 16),
        (3, 1),
        (3, 2),
        (3, 4),
        (3, 8),
        (4, 8),
        (4, 16),
        (6, 8),
        (6, 16),
    ],
)
def test_every_color_type_and_bit_depth_is_read(colour: int, depth: int) -> None:
    palette = [(b"PLTE", b"\x20\x40\x60\x50\x50\x50")] if colour == 3 else []
    pixels = (b"IDAT", zlib.compress(rows(colour, depth)))
    picture = examine(png(header(colour, depth), *palette, pixels, END), LIMITS)
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert ("16-bit-to-8-bit" in picture.repairs) == (depth == 16)
    assert (picture.repairs == ()) == ((colour, depth) == (2, 8))
    stored = Image.open(io.BytesIO(picture.data))
    assert stored.mode == "RGB"
    nought = {3: (0x20, 0x40, 0x60), 4: (255, 255, 255), 6: (255, 255, 255)}.get(colour, (0, 0, 0))
    assert stored.getpixel((3, 3)) == nought


def test_16_bit_values_keep_only_their_high_byte() -> None:
    row = b"\0" + struct.pack(">3H", 0x12FF, 0x8000, 0xFE01) * WIDTH
    data = png(header(2, 16), (b"IDAT", zlib.compress(row * HEIGHT)), END)
    stored = Image.open(io.BytesIO(examine(data, LIMITS).data))
    assert stored.getpixel((0, 0)) == (0x12, 0x80, 0xFE)


@pytest.mark.parametrize(
    ("colour", "depth", "key"),
    [(0, 1, 1), (0, 2, 3), (0, 4, 7), (0, 16, 0x1234), (2, 16, 0x1234)],
)
def test_a_transparent_color_that_pillow_misreads_is_not_allowed(
    colour: int, depth: int, key: int
) -> None:
    hole = (b"tRNS", struct.pack(">H", key) * CHANNELS[colour])
    data = png(header(colour, depth), hole, (b"IDAT", zlib.compress(rows(colour, depth))), END)
    with pytest.raises(RejectedFile) as caught:
        examine(data, LIMITS)
    assert caught.value.reason == "format-not-allowed"
    found = f"{2 * CHANNELS[colour]} bytes for {depth} bits"
    assert (
        caught.value.detail
        == f"expected a transparent color with 8 bits per channel; found {found}"
    )


@pytest.mark.parametrize(("colour", "size"), [(0, 1), (0, 6), (2, 2), (2, 7), (4, 2), (6, 6)])
def test_a_transparent_color_of_the_wrong_size_is_not_allowed(colour: int, size: int) -> None:
    pixels = (b"IDAT", zlib.compress(rows(colour)))
    with pytest.raises(RejectedFile, match=f"found {size} bytes for 8 bits") as caught:
        examine(png(header(colour), (b"tRNS", bytes(size)), pixels, END), LIMITS)
    assert caught.value.reason == "format-not-allowed"


def test_a_palette_cannot_have_more_alpha_values_than_colors() -> None:
    pixels = (b"IDAT", zlib.compress(rows(3, 2)))
    for size in range(1, 5):
        examine(png(header(3, 2), PALETTE, (b"tRNS", bytes(size)), pixels, END), LIMITS)
    with pytest.raises(RejectedFile, match="format-not-allowed"):
        examine(png(header(3, 2), PALETTE, (b"tRNS", bytes(5)), pixels, END), LIMITS)


@pytest.mark.parametrize(("colour", "key"), [(0, b"\0\7"), (2, b"\0\7\0\7\0\7")])
def test_pixels_of_an_8_bit_transparent_color_become_white(colour: int, key: bytes) -> None:
    row = b"\0" + (b"\7" * CHANNELS[colour] + b"\x08" * CHANNELS[colour]) * (WIDTH // 2)
    pixels = (b"IDAT", zlib.compress(row * HEIGHT))
    picture = examine(png(header(colour), (b"tRNS", key), pixels, END), LIMITS)
    stored = Image.open(io.BytesIO(picture.data))
    assert stored.getpixel((0, 0)) == (255, 255, 255)
    assert stored.getpixel((1, 0)) == (8, 8, 8)


@pytest.mark.parametrize("size", [(16, 16), (17, 19), (33, 20)])
def test_an_interlaced_image_is_stored_byte_for_byte(size: tuple[int, int]) -> None:
    width, height = size
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4))
    content = b""
    for left, top, right, down in (*passes, (1, 0, 2, 2), (0, 1, 1, 2)):
        columns, lines = len(range(left, width, right)), len(range(top, height, down))
        content += (b"\0" + b"\x64\x96\xc8" * columns) * lines
    data = png(header(size=size, interlace=1), (b"IDAT", zlib.compress(content)), END)
    picture = examine(data, LIMITS)
    assert picture.data is data
    assert Image.open(io.BytesIO(data)).getextrema() == ((100, 100), (150, 150), (200, 200))


def test_pixels_may_be_in_many_chunks_and_exceed_the_buffer() -> None:
    noise = np.random.default_rng(1).integers(0, 2, (1200, 900, 3), np.uint8) * 255
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    assert file.getvalue().count(b"IDAT") > 1
    assert examine(file.getvalue(), LIMITS).repairs == ()


@pytest.mark.parametrize("bits", [8, 9, 10])
def test_pixels_with_too_small_a_window_are_recompressed(bits: int) -> None:
    """Pillow looks back as far as needed; libpng only as far as the first byte declares."""
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT // 2, WIDTH, 3), np.uint8)
    pixels = np.concatenate([noise, noise])
    content = b"".join(b"\0" + row.tobytes() for row in pixels)
    packed = zlib.compress(content)
    assert len(packed) < len(content) * 0.6, "the second half is copied from the first"
    method = (bits - 8) << 4 | 8
    start = bytes((method, 31 - method * 256 % 31))
    picture = examine(png(header(), (b"IDAT", b""), (b"IDAT", start + packed[2:]), END), LIMITS)
    assert picture.repairs == ("pixels-packed-again",)
    assert np.array_equal(tf.io.decode_jpeg(picture.data, channels=3), pixels)
    again = examine(picture.data, LIMITS)
    assert again.data is picture.data and again.repairs == ()


def test_a_window_as_large_as_the_pixels_is_accepted() -> None:
    # libpng itself declares the smallest sufficient window: 2 ** 11 bytes for these 1,098.
    packer = zlib.compressobj(wbits=11)
    data = png(header(), (b"IDAT", packer.compress(rows()) + packer.flush()), END)
    assert data[41] == 0x38
    assert examine(data, LIMITS).data is data


def test_color_and_size_chunks_are_kept_only_at_their_exact_length() -> None:
    plain = [(b"gAMA", bytes(4)), (b"cHRM", bytes(32)), (b"sRGB", b"\0"), (b"pHYs", bytes(9))]
    data = png(header(), *plain, PIXELS, END)
    assert examine(data, LIMITS).data is data
    stuffed = [(kind, content + b"secret") for kind, content in plain]
    picture = examine(png(header(), *stuffed, PIXELS, END), LIMITS)
    assert picture.data == png(header(), PIXELS, END)
    assert picture.repairs == ("metadata-removed",)


@pytest.mark.parametrize("at", range(1, 4))
def test_a_suggested_palette_is_removed_anywhere(at: int) -> None:
    chunks = [header(), (b"gAMA", bytes(4)), PIXELS, END]
    suggestion = (b"PLTE", b"secret" * 3)
    picture = examine(png(*chunks[:at], suggestion, *chunks[at:]), LIMITS)
    assert picture.data == png(*chunks)
    assert picture.repairs == ("metadata-removed",)


@pytest.mark.parametrize(
    "chunks",
    [
        (PIXELS, END),
        (header(), END),
        (header(), header(), PIXELS, END),
        (header(), PIXELS, (b"gAMA", bytes(4)), (b"tRNS", bytes(6)), END),
        (header(), (b"IDAT", PACKED[:-4]), (b"pHYs", bytes(9)), (b"IDAT", PACKED[-4:]), END),
        (header(), (b"IDAT", b""), (b"gAMA", bytes(4)), PIXELS, END),
        (header(3, 2), (b"IDAT", zlib.compress(rows(3, 2))), END),
        (header(3, 2), (b"IDAT", zlib.compress(rows(3, 2))), PALETTE, END),
        (header(3, 2), PALETTE, PALETTE, (b"IDAT", zlib.compress(rows(3, 2))), END),
        *(
            (header(3, 2), (b"PLTE", bytes(size)), (b"IDAT", zlib.compress(rows(3, 2))), END)
            for size in (0, 4, 771)
        ),
        ((b"tIME", bytes(7)), header(), PIXELS, END),
        (header(), PIXELS, (b"IEND", b"secret")),
        (header(2, 4), PIXELS, END),
        (header(5), PIXELS, END),
        (header(interlace=2), PIXELS, END),
        ((b"IHDR", bytes(12)), PIXELS, END),
        (header(), (b"CgBI", bytes(4)), PIXELS, END),
        (header(), (b"IDAT", b"junk"), END),
        (header(), (b"IDAT", zlib.compress(rows())[:-1]), END),
        (header(), (b"IDAT", zlib.compress(rows())[:-1] + b"\0"), END),
        (header(), (b"IDAT", zlib.compress(rows()) + b"more"), END),
        (header(), (b"IDAT", zlib.compress(rows() + b"\0")), END),
        (header(), (b"IDAT", zlib.compress(rows()[:-1])), END),
        (header(), (b"IDAT", zlib.compress(b"\5" + rows()[1:])), END),
    ],
)
def test_misplaced_or_invalid_chunks_are_damage(chunks: tuple[Chunk, ...]) -> None:
    assert damage(png(*chunks))


def test_damage_is_distinguished_from_truncation() -> None:
    data = png(header(), PIXELS, END)
    changed = bytearray(data)
    changed[50] ^= 1
    assert damage(bytes(changed)) == "a wrong checksum in the chunk at byte 33"
    changed = bytearray(data)
    changed[33] = 1
    assert damage(bytes(changed)) == "a wrong length within its pixels"


def test_an_enormous_declared_size_is_rejected_quickly() -> None:
    start = time.perf_counter()
    for size in itertools.product((60_000, 2**31 - 1), repeat=2):
        with pytest.raises(RejectedFile, match="too-many-pixels"):
            examine(png(header(size=size), PIXELS, END), LIMITS)
    assert time.perf_counter() - start < 0.1


def test_decompression_bombs_are_never_unpacked() -> None:
    bomb = zlib.compress(bytes(200_000_000), 9)
    tracemalloc.start()
    start = time.perf_counter()
    texts = [(b"iCCP", b"p\0\0" + bomb), (b"zTXt", b"t\0\0" + bomb)]
    picture = examine(png(header(), *texts, PIXELS, END), LIMITS)
    assert picture.repairs == ("colour-profile-removed", "metadata-removed")
    found = damage(png(header(), (b"IDAT", bomb), END))
    assert found == "more or fewer compressed pixels than the header declares"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.perf_counter() - start < 1.0
    assert peak < 8_000_000
