"""Images for tests, drawn in code, and the parts of image files."""

import io
import itertools
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

ORIENTATION = 0x0112
_CAMERA, _GPS, _LATITUDE = 0x010F, 0x8825, 2
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_numbers = itertools.count()


def photo(width: int = 48, height: int = 40) -> Image.Image:
    """Returns color noise, different on each call."""
    pixels = np.random.default_rng(next(_numbers)).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def encode(picture: Image.Image, file_format: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """Returns an EXIF block with a camera and a location."""
    block = Image.Exif()
    block[ORIENTATION] = orientation
    block[_CAMERA] = "Camera of a person"
    block.get_ifd(_GPS)[_LATITUDE] = (52.0, 31.0, 12.0)
    return block


def segment(marker: int, content: bytes) -> bytes:
    """Returns a JPEG segment."""
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def chunk(kind: bytes, content: bytes) -> bytes:
    """Returns a PNG chunk with a correct checksum."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
