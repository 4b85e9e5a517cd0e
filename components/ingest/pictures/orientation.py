"""Which way up the camera was held: the one thing in EXIF that the pixels need."""

import struct

_UPRIGHT = 1
_ORIENTATION = 0x0112
_VALUE_CODES = {3: "H", 4: "I"}


def read_orientation(tiff: bytes) -> int:
    """Reads the orientation out of an EXIF block.

    Not by Pillow, whose EXIF reader warns, and raises many kinds of error, on hostile bytes.

    Args:
      tiff: the block from its byte order mark on, without `Exif\\0\\0` before it.

    Returns:
      1 to 8; 1 if the block does not say, or is damaged.
    """
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return _UPRIGHT
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(start + 2, start + 2 + 12 * entries, 12):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, entry)
            if tag == _ORIENTATION:
                (value,) = struct.unpack_from(f"{order}{_VALUE_CODES[kind]}", tiff, entry + 8)
                return value if 1 <= value <= 8 else _UPRIGHT
    except (struct.error, KeyError):
        pass
    return _UPRIGHT
