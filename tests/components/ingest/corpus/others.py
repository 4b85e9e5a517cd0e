"""Files with the name of an image that are not images, or images of another format."""

import base64
import gzip
import zlib

from components.ingest.rejection import RejectedFile
from tests.components.ingest.corpus.jpegs import BROKEN, NOT_ALLOWED
from tests.components.ingest.corpus.kind import Outcome, quarantined
from tests.components.ingest.drawn import encode, photo

# Size limit of the corpus; see `plan` in kinds.py.
MOST_BYTES = 200_000
_FORMATS = ("GIF", "BMP", "WEBP", "TIFF", "ICO", "JPEG2000")
_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"


def _zip() -> bytes:
    return b"PK\3\4\x14\0\0\0" + zlib.compress(b"secret")


def _brand(name: bytes) -> bytes:
    """Returns the start of an image in the ISO base media file format."""
    return b"\0\0\0\x18ftyp" + name + bytes(4) + b"mif1" + name + bytes(99)


OTHERS: dict[str, tuple[bytes, Outcome]] = {
    "no bytes": (b"", quarantined(RejectedFile.EMPTY_FILE)),
    "one byte": (b"\xff", BROKEN),
    "only nought": (bytes(5000), BROKEN),
    "text": (b"a face", BROKEN),
    "text of two bytes a letter": ("a face".encode("utf-16"), BROKEN),
    "HTML": (b"<!DOCTYPE html><title>404 Not Found</title>", BROKEN),
    "JSON": (b'{"error": "rate limit"}', BROKEN),
    "a pointer of Git LFS": (_POINTER, BROKEN),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', BROKEN),
    "PDF": (b"%PDF-1.7\n" + bytes(99), BROKEN),
    "a program": (b"\x7fELF\2\1\1" + bytes(99), BROKEN),
    "a program of Windows": (b"MZ\x90\0" + bytes(99), BROKEN),
    "a zip": (_zip(), BROKEN),
    "a gzip": (gzip.compress(encode(photo())), BROKEN),
    "a picture in base64": (base64.b64encode(encode(photo())), BROKEN),
    "a film": (b"\0\0\0\x18ftypmp42" + bytes(99), BROKEN),
    "HEIC": (_brand(b"heic"), NOT_ALLOWED),
    "AVIF": (_brand(b"avif"), NOT_ALLOWED),
    "JPEG XL": (b"\xff\x0a" + bytes(99), NOT_ALLOWED),
    "Photoshop": (b"8BPS\0\1" + bytes(99), NOT_ALLOWED),
    **{name: (encode(photo(), name), NOT_ALLOWED) for name in _FORMATS},
    "too many bytes": (
        encode(photo()) + bytes(MOST_BYTES),
        quarantined(RejectedFile.TOO_MANY_BYTES),
    ),
}
