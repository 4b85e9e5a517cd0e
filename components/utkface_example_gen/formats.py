"""Tells the format of a picture by its first bytes, never by the file's suffix."""

# Formats that are known, so that a refusal can name them.
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
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIF", b"heix": "HEIF", b"mif1": "HEIF"}


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


def lacks_end(data: bytes, file_format: str) -> bool:
    """Returns whether a WEBP, GIF or BMP ends before the place where its format says it does.

    Of a JPEG or PNG this is never said: read_jpeg and read_png look for their ends.
    """
    if file_format == "WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    if file_format == "BMP":
        return len(data) < int.from_bytes(data[2:6], "little")
    return file_format == "GIF" and not data.endswith(b";")
