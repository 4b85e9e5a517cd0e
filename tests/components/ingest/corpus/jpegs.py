"""Damaged and unusual JPEG files."""

import zipfile
from io import BytesIO
from typing import Any

from PIL import Image

from components.ingest.pictures import repairs
from components.ingest.rejection import RejectedFile
from tests.components.ingest.corpus.kind import ACCEPTED, Outcome, quarantined, repaired
from tests.components.ingest.drawn import encode, exif, photo, segment

BROKEN = quarantined(RejectedFile.NOT_AN_IMAGE)
CUT = quarantined(RejectedFile.TRUNCATED)
NOT_ALLOWED = quarantined(RejectedFile.FORMAT_NOT_ALLOWED)
TOO_MANY_PIXELS = quarantined(RejectedFile.TOO_MANY_PIXELS)
TOO_SMALL = quarantined(RejectedFile.TOO_SMALL)
WITHOUT_METADATA = repaired(repairs.METADATA_REMOVED)
TURNED = repaired(repairs.METADATA_REMOVED, repairs.ROTATED)
FIRST_FRAME = repaired(repairs.FIRST_FRAME_KEPT)
WITHOUT_REST = repaired(repairs.TRAILING_BYTES_REMOVED)

# Offset after the start marker and the JFIF segment.
_HEADERS = 20
_ADOBE = b"\xff\xee\0\x0eAdobe"


def _jpeg(mode: str = "RGB", **options: Any) -> bytes:
    return encode(photo().convert(mode), **options)


def _with(*segments: bytes) -> bytes:
    data = _jpeg()
    return data[:_HEADERS] + b"".join(segments) + data[_HEADERS:]


def _with_frame(at: int, value: bytes) -> bytes:
    """Returns a JPEG with some bytes of its frame header replaced; `at` counts from its marker."""
    data = bytearray(_jpeg())
    start = data.index(b"\xff\xc0") + at
    data[start : start + len(value)] = value
    return bytes(data)


def _with_thumbnail() -> bytes:
    data = _jpeg()
    return data[:2] + segment(0xE0, data[6:18] + b"\5\4" + bytes(60)) + data[_HEADERS:]


def _packed() -> bytes:
    """Returns an image that is also a zip."""
    file = BytesIO()
    file.write(_jpeg())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("secret.txt", "secret")
    return file.getvalue()


def _cmyk(transform: bytes | None) -> bytes:
    """Returns a CMYK image: YCCK if the transform is 2; None omits the Adobe segment."""
    data = _jpeg("CMYK")
    start = data.index(_ADOBE)
    if transform is None:
        return data[:start] + data[start + 16 :]
    return data[: start + 15] + transform + data[start + 16 :]


def _several() -> bytes:
    return encode(photo(), "MPO", save_all=True, append_images=[photo()])


_SIZE = 5

JPEGS: dict[str, tuple[bytes, Outcome]] = {
    "progressive": (_jpeg(progressive=True), ACCEPTED),
    "restart markers": (_jpeg(restart_marker_blocks=2), ACCEPTED),
    "full colour": (_jpeg(subsampling="4:4:4"), ACCEPTED),
    "RGB without luma": (_jpeg(keep_rgb=True), ACCEPTED),
    "fill bytes": (_jpeg()[:-2] + b"\xff\xff\xd9", ACCEPTED),
    "least size": (encode(photo(16, 16)), ACCEPTED),
    "15 pixels": (encode(photo(15, 15)), TOO_SMALL),
    "1 pixel wide": (encode(photo(1, 400)), TOO_SMALL),
    "no pixels": (_with_frame(_SIZE, bytes(4)), TOO_SMALL),
    "no height": (_with_frame(_SIZE, bytes(2)), TOO_SMALL),
    "65,500 pixels a side": (_with_frame(_SIZE, b"\xff\xdc\xff\xdc"), TOO_MANY_PIXELS),
    "arithmetic": (_with_frame(1, b"\xc9"), NOT_ALLOWED),
    "lossless": (_with_frame(1, b"\xc3"), NOT_ALLOWED),
    "12 bits": (_with_frame(4, b"\x0c"), NOT_ALLOWED),
    "JPEG-LS": (b"\xff\xd8\xff\xf7" + _jpeg()[4:], BROKEN),
    "grey": (_jpeg("L"), repaired(repairs.GRAY_TO_RGB)),
    "CMYK": (_cmyk(b"\0"), repaired(repairs.CMYK_TO_RGB)),
    "YCCK": (_cmyk(b"\2"), repaired(repairs.CMYK_TO_RGB)),
    "CMYK without Adobe's word": (_cmyk(None), repaired(repairs.CMYK_TO_RGB)),
    "EXIF upright": (_jpeg(exif=exif()), WITHOUT_METADATA),
    **{f"EXIF orientation {turn}": (_jpeg(exif=exif(turn)), TURNED) for turn in range(2, 9)},
    "EXIF orientation 9": (_jpeg(exif=exif(9)), WITHOUT_METADATA),
    "EXIF junk": (_with(segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xffsecret")), WITHOUT_METADATA),
    "EXIF with a thumbnail": (
        _with(segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0" + _jpeg())),
        WITHOUT_METADATA,
    ),
    "XMP": (_with(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<secret/>")), WITHOUT_METADATA),
    "IPTC": (_with(segment(0xED, b"Photoshop 3.0\x008BIMsecret")), WITHOUT_METADATA),
    "a comment": (_jpeg(comment=b"secret"), WITHOUT_METADATA),
    "a thumbnail": (_with_thumbnail(), WITHOUT_METADATA),
    "a colour profile": (
        _jpeg(icc_profile=b"secret profile"),
        repaired(repairs.COLOR_PROFILE_REMOVED),
    ),
    "several pictures": (_several(), FIRST_FRAME),
    "a picture behind the picture": (_jpeg() + _jpeg(), FIRST_FRAME),
    "a line break behind the end": (_jpeg() + b"\n", WITHOUT_REST),
    "a film behind the end": (_jpeg() + b"\0\0\0\x18ftypmp42secret", WITHOUT_REST),
    "a zip behind the end": (_packed(), WITHOUT_REST),
    "a script behind the end": (_jpeg() + b"<?php secret ?>", WITHOUT_REST),
    "only the first bytes": (b"\xff\xd8\xff", CUT),
    "cut in its headers": (_jpeg()[:200], CUT),
    "cut in its pixels": (_jpeg()[:1200], CUT),
    "cut by two bytes": (_jpeg()[:-2], CUT),
    "cut by one byte": (_jpeg()[:-1], CUT),
    "nought from the middle on": (_jpeg()[:1200] + bytes(600), CUT),
    "an end in the middle": (_jpeg()[:1200] + b"\xff\xd9", BROKEN),
    "no pixels but an end": (_jpeg()[:_HEADERS] + b"\xff\xd9", BROKEN),
    "a line break in front": (b"\n" + _jpeg(), BROKEN),
    "sent as text": (_jpeg().replace(b"\n", b"\r\n"), BROKEN),
    "read as UTF-8": (_jpeg().decode(errors="replace").encode(), BROKEN),
    "a wrong length": (_with(b"\xff\xfe\xff\xff"), BROKEN),
    "all white": (encode(Image.new("RGB", (48, 40), "white")), ACCEPTED),
}
