"""Walks a PNG from its first byte to its last: is it whole, and what in it is no picture?"""

import zlib
from dataclasses import dataclass

from components.ingest.pictures import repairs
from components.ingest.pictures.container import Container, broken, truncated
from components.ingest.pictures.orientation import read_orientation
from components.ingest.pictures.pictures import ImageLimits
from components.ingest.pictures.png_header import PngHeader

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The end chunk holds nothing, so that it is the same in every file.
_END = b"\0\0\0\0IEND\xaeB`\x82"
_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
# What the colours and the pixels' shape are: of fixed size, so that nothing hides in them.
_PLAIN_CHUNKS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}
_ANIMATION_CHUNKS = frozenset({b"acTL", b"fcTL", b"fdAT"})
_EXIF = b"Exif\0\0"


@dataclass(frozen=True)
class _Chunk:
    kind: bytes
    content: bytes
    start: int
    end: int


def read_png(data: bytes, limits: ImageLimits) -> Container:
    """Walks a PNG and takes out of it what is no part of the picture.

    No pixel is touched. Of an animated PNG the still picture is kept: the one that a program
    shows that knows of no animation, TensorFlow among them.

    Args:
      data: a file that begins as a PNG does.
      limits: the size is held against these as soon as it is known.

    Raises:
      RejectedFile: if the picture is cut short, is damaged, or has the wrong size.
    """
    # Each word once, in the order they come.
    changes: dict[str, None] = {}
    kept: list[_Chunk] = []
    orientation = 1
    position = len(_SIGNATURE)
    header = None
    while not kept or kept[-1].kind != b"IEND":
        chunk = _read_chunk(data, position)
        position = chunk.end
        if header is None:
            header = PngHeader(chunk.kind, chunk.content)
            limits.check_size(header.width, header.height)
        repair = _repair(chunk)
        if repair is None:
            kept.append(chunk)
        else:
            changes[repair] = None
        if chunk.kind == b"eXIf":
            orientation = read_orientation(chunk.content.removeprefix(_EXIF))
    assert header is not None
    sizes = [(chunk.kind, len(chunk.content)) for chunk in kept]
    header.check_parts(sizes)
    packed = [chunk.content for chunk in kept if chunk.kind == b"IDAT"]
    header.check_pixels(packed)
    as_it_is = header.is_rgb and orientation == 1 and b"tRNS" not in dict(sizes)
    if as_it_is and not header.fits_window(next(filter(None, packed))):
        as_it_is = False
        changes[repairs.PIXELS_PACKED_AGAIN] = None
    if position < len(data):
        changes[repairs.TRAILING_BYTES_REMOVED] = None
    if changes:
        data = b"".join((_SIGNATURE, *(data[chunk.start : chunk.end] for chunk in kept)))
    return Container(
        data=data,
        repairs=tuple(changes),
        as_it_is=as_it_is,
        orientation=orientation,
        sixteen_bit=header.bit_depth == 16,
    )


def _read_chunk(data: bytes, start: int) -> _Chunk:
    size = int.from_bytes(data[start : start + 4], "big")
    kind = data[start + 4 : start + 8]
    content_end = start + 8 + size
    if content_end + 4 > len(data):
        # A file with its end in place was not cut: a length in it is wrong.
        if data.endswith(_END) and start < len(data):
            raise broken(f"a chunk that is longer than the file, at byte {start:,}")
        raise truncated(len(data), "its pixels" if kind == b"IDAT" else "its chunks")
    chunk = _Chunk(kind, data[start + 8 : content_end], start, content_end + 4)
    if zlib.crc32(data[start + 4 : content_end]) != int.from_bytes(
        data[content_end : content_end + 4], "big"
    ):
        raise broken(f"a wrong checksum of the chunk at byte {start:,}")
    return chunk


def _repair(chunk: _Chunk) -> str | None:
    """Returns in what word a chunk is taken out; None if it stays."""
    if chunk.kind in _PIXEL_CHUNKS or _PLAIN_CHUNKS.get(chunk.kind) == len(chunk.content):
        return None
    if chunk.kind == b"iCCP":
        return repairs.COLOUR_PROFILE_REMOVED
    if chunk.kind in _ANIMATION_CHUNKS:
        return repairs.FIRST_FRAME_KEPT
    if not chunk.kind[:1].islower():
        raise broken(f"an unknown chunk {chunk.kind!r} that the pixels cannot do without")
    return repairs.METADATA_REMOVED
