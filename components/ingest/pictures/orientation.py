"""The orientation of the camera: the only EXIF tag that the pixels need."""

import struct


def read_orientation(exif: bytes) -> int:
    """Reads the orientation of an EXIF block, 1 to 8; 1 if it is missing or damaged.

    Pillow would read all tags, each of which can be as long as the block: 64 kB become 270 MB.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    try:
        order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(start + 2, start + 2 + 12 * entries, 12):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, entry)
            if tag == 0x0112:
                (value,) = struct.unpack_from(order + {3: "H", 4: "I"}[kind], tiff, entry + 8)
                return value if 1 <= value <= 8 else 1
    except (struct.error, KeyError):
        pass
    return 1
