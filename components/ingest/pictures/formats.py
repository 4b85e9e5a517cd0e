"""The formats of pictures: their suffixes, how their bytes begin, and what can be made of them.

Which format a file has its first bytes tell, never its suffix.
"""

from typing import NamedTuple


class Format(NamedTuple):
    """A format of pictures.

    Attributes:
      suffixes: in small letters.
      convert: a command that makes of a file one that is accepted; empty if the file can be.
    """

    suffixes: tuple[str, ...]
    convert: str = ""


# By Pillow's names, or common ones. Those without a command are what the settings may accept; the
# others are known so that a refusal can say what to do.
FORMATS = {
    "JPEG": Format((".jpg", ".jpeg", ".jpe", ".jfif")),
    "PNG": Format((".png",)),
    "WEBP": Format((".webp",)),
    "GIF": Format((".gif",)),
    "BMP": Format((".bmp", ".dib")),
    "HEIF": Format((".heic", ".heif", ".hif"), "heif-convert FACE.heic FACE.png"),
    "AVIF": Format((".avif",), "avifdec FACE.avif FACE.png"),
    "TIFF": Format((".tif", ".tiff"), "magick FACE.tif FACE.png"),
    "ICO": Format((".ico",), "magick FACE.ico FACE.png"),
    "PSD": Format((".psd",), "magick FACE.psd[0] FACE.png"),
    "JPEG2000": Format((".jp2", ".j2k"), "magick FACE.jp2 FACE.png"),
    "JPEG XL": Format((".jxl",), "djxl FACE.jxl FACE.png"),
}

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\1\0", "ICO"),
    (b"8BPS\0\1", "PSD"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
)
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "HEIF"),
}


def sniff(data: bytes) -> str | None:
    """Returns Pillow's name of the format, or a common one; None if it is not known.

    Args:
      data: a file; its first 16 bytes are enough.
    """
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    # Two letters begin many a text; the four bytes that must be nought do not.
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return "BMP"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12])
    return None


def by_suffix(name: str) -> str:
    """Returns the format that the last suffix of a name says; empty if it says none."""
    lowered = name.lower()
    for word, known in FORMATS.items():
        if lowered.endswith(known.suffixes):
            return word
    return ""


def advise(file_format: str) -> str:
    """Returns what to do with a picture of a format that is not accepted."""
    command = FORMATS[file_format].convert
    if command:
        return f"Convert it first, as with: {command}"
    return f"To take it, add {file_format} to ingest.pictures.formats"


def lacks_end(data: bytes, file_format: str) -> bool:
    """Returns whether a WEBP, GIF or BMP ends before the place where its format says it does.

    Of a JPEG or PNG this is never said: read_jpeg and read_png look for their ends.
    """
    if file_format == "WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    if file_format == "BMP":
        return len(data) < int.from_bytes(data[2:6], "little")
    return file_format == "GIF" and not data.endswith(b";")
