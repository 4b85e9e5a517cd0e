"""Can the bytes of a file be decoded as a picture?"""

import io

from PIL import Image, UnidentifiedImageError

from components.utkface_example_gen.rejection import RejectedFile

FORMATS = ("JPEG", "PNG")
# A UTKFace picture has 40,000 pixels; one this large is a mistake or an attack.
MAX_PIXELS = 25_000_000
# `utkface sample` puts this in the comment of each JPEG it draws, so that no report
# can take drawings for photographs.
DRAWING_COMMENT = b"utkface-tfx drawing, not a photograph"


def is_drawing(data: bytes) -> bool:
    """Returns whether a picture was drawn by `utkface sample`."""
    return DRAWING_COMMENT in data[:256]


def check(data: bytes) -> None:
    """Decodes a picture once, so that no later component can fail on it.

    Args:
      data: an encoded picture.

    Raises:
      RejectedFile: if there are no bytes, or they are no whole JPEG or PNG of at
        most MAX_PIXELS pixels.
    """
    if not data:
        raise RejectedFile(RejectedFile.EMPTY_FILE, "expected a picture; found no bytes")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise RejectedFile(
                    RejectedFile.NOT_AN_IMAGE,
                    f"expected at most {MAX_PIXELS:,} pixels; found {width} x {height}",
                )
            # A JPEG is read to its end at an eighth of its size, at a third of the cost.
            image.draft(None, (1, 1))
            image.load()
    except UnidentifiedImageError:
        raise RejectedFile(
            RejectedFile.NOT_AN_IMAGE,
            f"expected a {' or '.join(FORMATS)} picture; found bytes that begin {data[:8]!r}",
        ) from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        # Pillow raises all of these on damaged bytes, depending on where the damage lies.
        raise RejectedFile(
            RejectedFile.NOT_AN_IMAGE, f"expected a whole picture; decoding says: {error}"
        ) from None
