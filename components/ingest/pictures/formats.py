"""Image formats by Pillow's or common names: suffixes, first bytes, conversion."""

import re
from typing import NamedTuple


class Format(NamedTuple):
    """An image format; `convert` is empty if the settings may accept it."""

    suffixes: tuple[str, ...]
    magic: bytes  # a pattern of the first 16 bytes, which alone determine the format
    convert: str = ""


FORMATS = {
    "JPEG": Format((".jpg", ".jpeg", ".jpe", ".jfif"), rb"\xff\xd8\xff"),
    "PNG": Format((".png",), rb"\x89PNG\r\n\x1a\n"),
    "WEBP": Format((".webp",), rb"RIFF....WEBP"),
    "GIF": Format((".gif",), rb"GIF8[79]a"),
    # Many texts start with these two letters; the four zero bytes rule them out.
    "BMP": Format((".bmp", ".dib"), rb"BM....\0{4}"),
    "HEIF": Format((".heic", ".heif", ".hif"), rb"....ftyp(he|m[is]f1)", "heif-convert FACE.heic"),
    "AVIF": Format((".avif",), rb"....ftypavi[fs]", "avifdec FACE.avif"),
    "TIFF": Format((".tif", ".tiff"), rb"II\*\0|MM\0\*", "magick FACE.tif"),
    "ICO": Format((".ico",), rb"\0\0\x01\0", "magick FACE.ico"),
    "PSD": Format((".psd",), rb"8BPS\0\x01", "magick FACE.psd[0]"),
    "JPEG2000": Format((".jp2", ".j2k"), rb"\0{3}\x0cjP  \r\n|\xff\x4f\xff\x51", "magick FACE.jp2"),
    "JPEG XL": Format((".jxl",), rb"\0{3}\x0cJXL \r\n|\xff\x0a", "djxl FACE.jxl"),
}


def sniff(data: bytes) -> str | None:
    """Returns the format of a file by its first 16 bytes; None if unknown."""
    return next((name for name in FORMATS if re.match(FORMATS[name].magic, data, re.DOTALL)), None)


def by_suffix(name: str) -> str:
    """Returns the format that the suffix of a name declares; empty if there is none."""
    return next((key for key in FORMATS if name.lower().endswith(FORMATS[key].suffixes)), "")


def advise(file_format: str) -> str:
    """Returns advice for an image in a format that is not accepted."""
    if command := FORMATS[file_format].convert:
        return f"Convert it first, e.g. with: {command} FACE.png"
    return f"To accept it, add {file_format} to ingest.pictures.formats"
