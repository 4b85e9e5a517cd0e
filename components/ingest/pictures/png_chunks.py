"""Removes metadata from a PNG without compressing its pixels again, and finds missing pixels.

Pillow leaves missing rows black, and ignores the checksums of pixels and of unknown chunks.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from components.ingest.pictures import container, repairs
from components.ingest.pictures.orientation import read_orientation
from components.ingest.pictures.pictures import ImageLimits

_SIGNATURE, _END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of gray, RGB, a palette, and those with alpha
# Bytes of a transparent color. At other depths, Pillow mistakes other colors for it.
_KEY_SIZES = {(0, 8): 2, (2, 8): 6}
# The chunks to keep; most have a fixed size, so nothing can hide in them.
_SIZES = {b"IHDR": 13, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"IEND": 0}
_ORDER = rb"IHDR~(PLTE~)?(tRNS~)?(IDAT)+~IEND".replace(b"~", b"(gAMA|cHRM|sRGB|pHYs)*")
_REPAIRS = {b"": repairs.TRAILING_BYTES_REMOVED, b"iCCP": repairs.COLOR_PROFILE_REMOVED}
_REPAIRS |= dict.fromkeys((b"acTL", b"fcTL", b"fdAT"), repairs.FIRST_FRAME_KEPT)
# Adam7: the first column and row of each pass, and the steps to the next column and row.
_PASSES = [[*map(int, row)] for row in ("0088", "4088", "0448", "2044", "0224", "1022", "0112")]


def read_png(data: bytes, limits: ImageLimits) -> container.Container:
    """Keeps the chunks that the pixels need; of an animation, the still image."""
    codes: dict[str, None] = {}
    kept: list[tuple[bytes, bytes, bytes]] = []
    orientation, is_palette = 1, data[25:26] == b"\3"
    for kind, content, chunk in _chunks(data):
        if kind == b"eXIf":
            orientation = read_orientation(content)
        is_valid_palette = is_palette and kind == b"PLTE" and len(content) in range(3, 769, 3)
        if is_valid_palette or kind in (b"tRNS", b"IDAT") or _SIZES.get(kind) == len(content):
            kept.append((kind, content, chunk))
        elif kept and (kind in _REPAIRS or kind == b"PLTE" or kind[:1].islower()):
            codes[_REPAIRS.get(kind, repairs.METADATA_REMOVED)] = None
        else:
            raise container.broken(f"a chunk {kind!r} that is unknown, damaged or out of place")
    kinds = b"".join(kind for kind, _, _ in kept)
    if not re.fullmatch(_ORDER, kinds) or (is_palette and b"PLTE" not in kinds):
        raise container.broken("missing chunks, or chunks in the wrong order")
    width, height, depth, color, *rest = struct.unpack(">IIBBBBB", kept[0][1])
    limits.check_size(width, height)
    if color not in _CHANNELS or rest not in ([0, 0, 0], [0, 0, 1]):
        raise container.broken("an invalid header")
    sizes = {kind: len(content) for kind, content, _ in kept}
    allowed = range(sizes[b"PLTE"] // 3 + 1) if is_palette else (0, _KEY_SIZES.get((color, depth)))
    if sizes.get(b"tRNS", 0) not in allowed:
        raise container.not_allowed(
            "a transparent color with 8 bits per channel",
            f"{sizes[b'tRNS']} bytes for {depth} bits",
        )
    size = 0
    for left, top, right, down in _PASSES if rest[2] else [[0, 0, 1, 1]]:
        row = -(-len(range(left, width, right)) * depth * _CHANNELS[color] // 8)
        size += len(range(top, height, down)) * (1 + row) if row else 0
    packed = b"".join(content for kind, content, _ in kept if kind == b"IDAT")
    _check_pixels(packed, size)
    as_it_is = (color, depth, orientation) == (2, 8, 1) and b"tRNS" not in sizes
    # Pillow uses zlib's largest window; libpng, in TensorFlow, the size in the first byte.
    if as_it_is and 1 << ((packed[0] >> 4) + 8) < min(1 << 15, size):
        as_it_is = False
        codes[repairs.PIXELS_PACKED_AGAIN] = None
    if depth == 16:
        codes[repairs.SIXTEEN_BIT_TO_EIGHT_BIT] = None
    if codes:
        data = _SIGNATURE + b"".join(chunk for _, _, chunk in kept)
    return container.Container(data, tuple(codes), as_it_is, orientation)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yields each chunk's type, content and bytes; an empty type for bytes after the end."""
    position, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        kind = data[position + 4 : position + 8]
        end = position + 8 + int.from_bytes(data[position : position + 4], "big")
        if end + 4 > len(data):
            raise container.cut(data, "its pixels" if kind == b"IDAT" else "its chunks", _END)
        if zlib.crc32(data[position + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise container.broken(f"a wrong checksum in the chunk at byte {position:,}")
        yield kind, data[position + 8 : end], data[position : end + 4]
        position = end + 4
    if position < len(data):
        yield b"", data[position:], b""


def _check_pixels(packed: bytes, size: int) -> None:
    """Raises RejectedFile unless the pixels unpack to `size` bytes, a megabyte at a time."""
    unpack = zlib.decompressobj()
    try:
        while size >= 0 and (rows := unpack.decompress(packed, 1 << 20)):
            size -= len(rows)
            packed = unpack.unconsumed_tail
    except zlib.error as error:
        raise container.broken(f"pixels that cannot be decompressed: {error}") from None
    if size or not unpack.eof or unpack.unused_data:
        raise container.broken("more or fewer compressed pixels than the header declares")
