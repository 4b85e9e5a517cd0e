"""Damaged and unusual PNG files."""

import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from components.ingest.pictures import repairs
from tests.components.ingest.corpus import jpegs
from tests.components.ingest.corpus.kind import ACCEPTED, Outcome, repaired
from tests.components.ingest.drawn import PNG_SIGNATURE, chunk, encode, exif, photo

GREY = repaired(repairs.GRAY_TO_RGB)
PALETTE = repaired(repairs.PALETTE_TO_RGB)
WITHOUT_ALPHA = repaired(repairs.ALPHA_REMOVED)
_HEADER = struct.Struct(">IIBBBBB")
# End of the header chunk.
_HEADER_END = 33
_END_BYTES = 12
_RGB, _TRUE_COLOUR = (8, 2)


def _png(mode: str = "RGB", **options: Any) -> bytes:
    return encode(photo().convert(mode), "PNG", **options)


def _made(header: tuple[int, ...], pixels: bytes) -> bytes:
    """Returns a PNG with correct checksums around any content."""
    parts = ((b"IHDR", _HEADER.pack(*header)), (b"IDAT", pixels), (b"IEND", b""))
    return PNG_SIGNATURE + b"".join(chunk(*part) for part in parts)


def _of_size(width: int, height: int) -> bytes:
    return _made((width, height, _RGB, _TRUE_COLOUR, 0, 0, 0), zlib.compress(b""))


def _interlaced() -> bytes:
    """Returns 16 x 16 pixels in seven passes."""
    columns_and_rows = ((2, 2), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8), (16, 8))
    rows = b"".join(
        (b"\0" + photo(columns, 1).tobytes()) * lines for columns, lines in columns_and_rows
    )
    return _made((16, 16, _RGB, _TRUE_COLOUR, 0, 0, 1), zlib.compress(rows))


def _sixteen_bits() -> bytes:
    grey = np.asarray(photo().convert("L")).astype(np.uint16) * 257
    return encode(Image.fromarray(grey), "PNG")


def _with_text() -> bytes:
    text = PngInfo()
    text.add_text("Author", "secret")
    text.add_itxt("XML:com.adobe.xmp", "<secret/>", zip=True)
    return _png(pnginfo=text)


def _with_chunk(kind: bytes) -> bytes:
    data = _png()
    return data[:_HEADER_END] + chunk(kind, b"secret") + data[_HEADER_END:]


def _with_wrong_checksum() -> bytes:
    data = bytearray(_png())
    data[_HEADER_END + 12] ^= 1
    return bytes(data)


def _with_hole() -> bytes:
    """Returns a palette image with one transparent color."""
    palette = photo().convert("P")
    return encode(palette, "PNG", transparency=palette.getpixel((0, 0)))


def _packed_narrowly(row: bytes) -> bytes:
    """Compresses 40 rows with a window of 512 bytes."""
    packing = zlib.compressobj(wbits=9)
    return packing.compress(row * 40) + packing.flush()


_ROWS = zlib.compress((b"\0" + bytes(48 * 3)) * 40)
_48_BY_40 = (48, 40, _RGB, _TRUE_COLOUR, 0, 0, 0)

PNGS: dict[str, tuple[bytes, Outcome]] = {
    "RGB": (_png(), ACCEPTED),
    "interlaced": (_interlaced(), ACCEPTED),
    "grey": (_png("L"), GREY),
    "grey with alpha": (_png("LA"), repaired(repairs.GRAY_TO_RGB, repairs.ALPHA_REMOVED)),
    "alpha": (_png("RGBA"), WITHOUT_ALPHA),
    "palette": (_png("P"), PALETTE),
    "palette with a hole": (
        _with_hole(),
        repaired(repairs.PALETTE_TO_RGB, repairs.ALPHA_REMOVED),
    ),
    "colour that is a hole": (_png(transparency=(1, 2, 3)), WITHOUT_ALPHA),
    "1 bit": (_png("1"), GREY),
    "16 bits": (
        _sixteen_bits(),
        repaired(repairs.SIXTEEN_BIT_TO_EIGHT_BIT, repairs.GRAY_TO_RGB),
    ),
    "animated": (_png(save_all=True, append_images=[photo()]), repaired(repairs.FIRST_FRAME_KEPT)),
    "text": (_with_text(), jpegs.WITHOUT_METADATA),
    "EXIF turned": (_png(exif=exif(6)), jpegs.TURNED),
    "a colour profile": (
        _png(icc_profile=b"secret profile"),
        repaired(repairs.COLOR_PROFILE_REMOVED),
    ),
    "a private chunk": (_with_chunk(b"prVt"), jpegs.WITHOUT_METADATA),
    "a small window": (
        _made(_48_BY_40, _packed_narrowly(b"\0" + bytes(48 * 3))),
        repaired(repairs.PIXELS_PACKED_AGAIN),
    ),
    "an unknown chunk": (_with_chunk(b"NEWs"), jpegs.BROKEN),
    "more behind the end": (_png() + b"secret", jpegs.WITHOUT_REST),
    "15 pixels": (encode(photo(15, 15), "PNG"), jpegs.TOO_SMALL),
    "no pixels": (_of_size(0, 0), jpegs.TOO_SMALL),
    "65,500 pixels a side": (_of_size(65_500, 65_500), jpegs.TOO_MANY_PIXELS),
    "2 billion pixels a side": (_of_size(2**31 - 1, 2**31 - 1), jpegs.TOO_MANY_PIXELS),
    "only the signature": (PNG_SIGNATURE, jpegs.CUT),
    "no end": (_png()[:-_END_BYTES], jpegs.CUT),
    "cut in its pixels": (_png()[:1000], jpegs.CUT),
    "sent as text": (_png().replace(b"\r\n", b"\n"), jpegs.BROKEN),
    "a wrong checksum": (_with_wrong_checksum(), jpegs.BROKEN),
    "pixels cut and sealed": (_made(_48_BY_40, _ROWS[:-8]), jpegs.BROKEN),
    "too few pixels": (_made(_48_BY_40, zlib.compress(bytes(99))), jpegs.BROKEN),
    "a bomb": (_made(_48_BY_40, zlib.compress(bytes(30_000_000), 9)), jpegs.BROKEN),
    "no such kind of pixel": (_made((48, 40, 7, 5, 0, 0, 0), _ROWS), jpegs.BROKEN),
}
