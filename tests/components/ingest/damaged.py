"""An endless stream of damaged images, reproducible by seed."""

import itertools
import random
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import Image

from components.ingest.pictures.images import DRAWING_COMMENT
from tests.components.ingest.drawn import encode, exif

NOISE = Image.effect_noise((48, 40), 80).convert("RGB")
SLOPE = Image.linear_gradient("L").resize((44, 36))
HOLED = SLOPE.convert("RGB")
HOLED.putalpha(SLOPE.rotate(180))
PNG = b"\x89PNG\r\n\x1a\n"
PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8)),
    *((2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
BIT_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
Chunks = list[tuple[bytes, bytes]]


def join_png(chunks: Chunks) -> bytes:
    """Joins chunks with correct checksums, so that decoders reach their content."""
    data = PNG
    for kind, content in chunks:
        checksum = zlib.crc32(kind + content)
        data += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    return data


def split_png(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : end]
        at = end + 4


def png_header(size: tuple[int, int], colour: int, depth: int, interlace: int) -> Chunks:
    return [(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace))]


def png_rows(
    rng: random.Random, size: tuple[int, int], colour: int, depth: int, interlace: int
) -> list[bytes]:
    """Returns random, uniform and repeated rows, each preceded by its filter byte."""
    rows: list[bytes] = []
    for left, top, right, down in PASSES if interlace else ((0, 0, 1, 1),):
        columns = len(range(left, size[0], right))
        length = -(-columns * depth * CHANNELS[colour] // 8)
        for _ in range(top, size[1], down) if columns else ():
            even = bytes([rng.randrange(256)]) * length
            again = rng.choice(rows)[1 : length + 1] if rows else b""
            row = rng.choice((rng.randbytes(length), even, again.ljust(length, b"\0")))
            rows.append(bytes([rng.randrange(5)]) + row)
    return rows


def made_png(colour: int, depth: int, interlace: int, *extra: tuple[bytes, bytes]) -> bytes:
    """Returns a PNG of a kind that Pillow does not write."""
    kind = ((21, 18), colour, depth, interlace)
    packed = zlib.compress(b"".join(png_rows(random.Random(1), *kind)))
    pixels = [(b"IDAT", packed[:30]), (b"IDAT", packed[30:])]
    return join_png([*png_header(*kind), *extra, *pixels, (b"IEND", b"")])


WHOLE = {
    "baseline": encode(NOISE),
    "progressive": encode(NOISE, progressive=True),
    "coarse": encode(NOISE.crop((0, 0, 16, 16)), progressive=True, quality=10),
    "restarts": encode(NOISE, restart_marker_blocks=2),
    "444": encode(SLOPE.convert("RGB"), subsampling="4:4:4"),
    "422": encode(NOISE, subsampling="4:2:2"),
    "grey": encode(SLOPE),
    "cmyk": encode(NOISE.convert("CMYK")),
    "adobe rgb": encode(NOISE, keep_rgb=True),
    "exif": encode(NOISE, exif=exif(6)),
    "drawing": encode(NOISE, comment=DRAWING_COMMENT),
    "png": encode(NOISE, "PNG"),
    "palette": encode(NOISE.convert("P"), "PNG"),
    "alpha": encode(HOLED, "PNG"),
    "1 bit": encode(SLOPE.convert("1"), "PNG"),
    "16 bit": made_png(2, 16, 0),
    "16 bit grey": made_png(0, 16, 0),
    "interlaced": made_png(2, 8, 1),
    "interlaced palette": made_png(
        3, 8, 1, (b"PLTE", bytes(range(256)) * 3), (b"tRNS", bytes(range(40)))
    ),
    "chunks": made_png(
        *(2, 8, 0, (b"gAMA", bytes(4)), (b"sBIT", b"\5\5\5"), (b"tRNS", bytes(6))),
        *((b"bKGD", bytes(6)), (b"tEXt", b"a\0b"), (b"pHYs", bytes(9)), (b"tIME", bytes(7))),
    ),
    "webp": encode(NOISE, "WEBP"),
    "gif": encode(NOISE, "GIF"),
    "bmp": encode(NOISE, "BMP"),
}
CHUNK_KINDS = (
    *(b"tRNS", b"PLTE", b"gAMA", b"iCCP", b"eXIf", b"acTL", b"fcTL", b"sBIT", b"hIST"),
    *(b"tEXt", b"zTXt", b"XXXX", b"xxXX", b"pHYs", b"cHRM", b"sRGB", b"IDAT", b"IHDR"),
)
PLAIN_CHUNKS = (
    *((b"gAMA", 4), (b"cHRM", 32), (b"sRGB", 1), (b"pHYs", 9), (b"tEXt", 9), (b"sBIT", 3)),
    *((b"bKGD", 6), (b"hIST", 8), (b"tIME", 7), (b"iCCP", 20), (b"cICP", 4), (b"eXIf", 20)),
)
MARKERS = (0xE0, 0xE1, 0xE2, 0xEE, 0xFE, 0xDD, 0xDB, 0xC4, 0xC0, 0xDC, 0xCC, 0x01)
SEGMENT_HEADS = (b"", b"Adobe\0\x64\0\0\0\0", b"JFIF\0", b"Exif\0\0", b"MPF\0", b"ICC_PROFILE\0")


def change_bytes(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        # Most possible faults are in the headers, which are short.
        at = rng.randrange(rng.choice((len(changed), min(len(changed), 700))))
        kind = rng.randrange(6)
        if kind == 0:
            changed[at] = 0xFF
        elif kind == 1:
            del changed[at : at + rng.randrange(1, 9)]
        elif kind == 2:
            changed[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 3 and at > 40:
            del changed[at:]
        else:
            changed[at] = rng.randrange(256)
    return bytes(changed)


def change_parts(rng: random.Random, parts: list[Any]) -> None:
    """Deletes a part, duplicates a part, or swaps two parts."""
    at, other = rng.randrange(len(parts)), rng.randrange(len(parts))
    kind = rng.randrange(3)
    if kind == 0:
        del parts[at]
    elif kind == 1:
        parts.insert(other, parts[at])
    else:
        parts[at], parts[other] = parts[other], parts[at]


def change_chunks(rng: random.Random, data: bytes) -> bytes:
    chunks = list(split_png(data))
    at = rng.randrange(len(chunks))
    name, content = chunks[at]
    kind = rng.randrange(6)
    if kind == 0 and content:
        place = rng.randrange(len(content))
        value = bytes([rng.randrange(256)])
        chunks[at] = name, content[:place] + value + content[place + 1 :]
    elif kind == 1:
        chunks[at] = name, content[: rng.randrange(len(content) + 1)]
    elif kind == 2:
        chunks[at] = name, content + rng.randbytes(rng.randrange(1, 20))
    elif kind == 3:
        size = rng.choice((0, 1, 2, 3, 4, 6, 9, 12, 32, 64, 768))
        chunks.insert(rng.randrange(len(chunks)), (rng.choice(CHUNK_KINDS), rng.randbytes(size)))
    elif kind == 4:
        chunks = change_pixels(rng, chunks)
    else:
        change_parts(rng, chunks)
    return join_png(chunks)


def change_pixels(rng: random.Random, chunks: Chunks) -> Chunks:
    rows = bytearray(zlib.decompress(b"".join(part for kind, part in chunks if kind == b"IDAT")))
    rows[rng.randrange(len(rows))] = rng.randrange(256)
    end = rng.choice((len(rows), len(rows), len(rows) - rng.randrange(1, 9)))
    pixels = (b"IDAT", zlib.compress(bytes(rows[:end]) + rng.choice((b"", b"", b"more"))))
    return [*(chunk for chunk in chunks[:-1] if chunk[0] != b"IDAT"), pixels, chunks[-1]]


def change_segments(rng: random.Random, data: bytes) -> bytes:
    segments, at = [], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        segments.append(data[at:end])
        at = end
    scans = data[at:]
    kind = rng.randrange(5)
    if kind == 0:
        content = rng.choice(SEGMENT_HEADS) + rng.randbytes(rng.choice((0, 1, 2, 4, 12, 20)))
        new = bytes((0xFF, rng.choice(MARKERS))) + struct.pack(">H", len(content) + 2) + content
        segments.insert(rng.randrange(len(segments) + 1), new)
    elif kind == 1:
        at = rng.randrange(len(segments))
        cut = segments[at][4 : rng.randrange(4, len(segments[at]) + 1)]
        segments[at] = segments[at][:2] + struct.pack(">H", len(cut) + 2) + cut
    elif kind == 2:
        half = len(scans) // 2
        scans = rng.choice(
            (
                *(scans * 2, scans[:-2], scans + b"more", scans[:-2] + data[-len(scans) :]),
                *(scans[:-2] + b"\xff\xd0\xff\xd9", scans[:half] + b"\xff\xd9" + scans[half:]),
            )
        )
    elif kind == 3:
        # All but two scans of a progressive image start with their own tables.
        parts = re.split(rb"(?s)(?=\xff\xc4\0.[\x10\x11])", scans[:-2])
        change_parts(rng, parts)
        del parts[rng.randrange(len(parts) + 1) :]
        scans = b"".join(parts) + scans[-2:]
    else:
        change_parts(rng, segments)
    return data[:2] + b"".join(segments) + scans


def damaged(seed: int) -> Iterator[tuple[str, bytes]]:
    """Yields damaged images endlessly, reproducible by seed."""
    rng = random.Random(seed)
    for name in itertools.cycle(WHOLE):
        data, kind = WHOLE[name], rng.random()
        if kind < 0.5 and data.startswith(PNG):
            data = change_chunks(rng, data)
        elif kind < 0.3 and data.startswith(b"\xff\xd8"):
            data = change_segments(rng, data)
        if kind > 0.3 or data == WHOLE[name]:
            data = change_bytes(rng, data)
        yield name, data


def change_packing(rng: random.Random, packed: bytes) -> list[bytes]:
    """Splits compressed pixels into pieces, and changes their start or end."""
    kind = rng.randrange(6)
    if kind == 0:
        method = rng.randrange(9) << 4 | 8
        packed = bytes((method, 31 - method * 256 % 31)) + packed[2:]
    elif kind == 1:
        packed = packed[: -rng.randrange(1, 6)] + rng.choice((b"", b"", b"\0", b"more"))
    # The last bytes are a checksum, which not every decoder reads.
    near = rng.choice((len(packed), 5))
    at = sorted(len(packed) - rng.randrange(near + 1) for _ in range(rng.choice((0, 1, 2, 30))))
    return [packed[start:end] for start, end in itertools.pairwise((0, *at, len(packed)))]


def change_rows(rng: random.Random, rows: list[bytes]) -> None:
    kind, at = rng.randrange(8), rng.randrange(len(rows))
    if kind == 0:
        rows[at] = bytes([rng.randrange(5, 256)]) + rows[at][1:]
    elif kind == 1:
        rows[at] = rows[at][: rng.randrange(len(rows[at]))]
    elif kind == 2:
        change_parts(rng, rows)


def repacked_png(rng: random.Random) -> tuple[bytes, bytes]:
    """Makes a PNG of any kind, with damaged content and correct checksums.

    Returns:
      The file, and a PNG with the same rows, compressed normally and without other chunks.
    """
    colour = rng.choice((2, 2, *CHANNELS))
    depth = rng.choice(BIT_DEPTHS[colour])
    size = rng.choice(((16, 16), (40, 33), (rng.randrange(1, 42), rng.randrange(1, 35))))
    kind = (size, colour, depth, rng.randrange(2))
    rows = png_rows(rng, *kind)
    change_rows(rng, rows)
    colours: Chunks = []
    entries = rng.choice((1 << min(depth, 8), rng.randrange(1, (1 << min(depth, 8)) + 1)))
    if colour == 3 or (colour in (2, 6) and rng.random() < 0.2):
        colours.append((b"PLTE", rng.randbytes(3 * entries)))
    if colour in (0, 2, 3) and rng.random() < 0.2:
        length = {0: 2, 2: 6, 3: rng.randrange(1, entries + 1)}[colour]
        colours.append((b"tRNS", rng.choice((bytes(length), rng.randbytes(length)))))
    packer = zlib.compressobj(rng.choice((0, 1, 9)), wbits=rng.choice((9, 12, 15)))
    packed = packer.compress(b"".join(rows)) + packer.flush()
    pixels = [(b"IDAT", part) for part in change_packing(rng, packed)]
    others = [*png_header(*kind), *colours, *pixels, (b"IEND", b"")]
    for _ in range(rng.choice((0, 0, 1, 3))):
        name, length = rng.choice(PLAIN_CHUNKS)
        content = rng.choice((bytes(length), b"\xff" * length, rng.randbytes(length)))
        others.insert(rng.randrange(1, len(others)), (name, content))
    plain = [*png_header(*kind), *colours, (b"IDAT", zlib.compress(b"".join(rows)))]
    return join_png(others), join_png([*plain, (b"IEND", b"")])
