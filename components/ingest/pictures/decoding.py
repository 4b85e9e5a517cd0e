"""Lets Pillow make the pixels, and lets nothing out of it but RejectedFile."""

import contextlib
import io
import warnings
from collections.abc import Iterator

from PIL import Image, ImageChops, JpegImagePlugin

from components.ingest.ledger.rejection import RejectedFile
from components.ingest.pictures import formats
from components.ingest.pictures.container import Container, broken, truncated

# Bytes that hold no marker, and that no decoder takes for an even grey.
_FILLER = bytes(1 + 89 * number % 251 for number in range(64))

_BLOCK = 8


@contextlib.contextmanager
def opened(data: bytes, file_format: str) -> Iterator[Image.Image]:
    """Opens a picture, of which no pixel is made yet.

    Args:
      data: a file.
      file_format: the only one that Pillow may try.

    Raises:
      RejectedFile: for all that Pillow raises, here and in the body.
    """
    try:
        with _open(io.BytesIO(data), file_format) as image:
            yield image
    except RejectedFile:
        raise
    except Image.DecompressionBombError as error:
        # Known before the limits are asked, and far above all that they can allow.
        raise RejectedFile(
            RejectedFile.TOO_MANY_PIXELS, f"expected fewer pixels; Pillow says: {error}"
        ) from None
    except Exception as error:  # what Pillow raises on hostile bytes knows no common class
        if formats.lacks_end(data, file_format):
            raise truncated(len(data), "its pixels") from None
        raise broken(f"what Pillow calls: {error}") from None


def _open(file: io.BytesIO, file_format: str) -> Image.Image:
    if file_format == "JPEG":
        # What Image.open adds is known by now: the format, the size, and that it is one picture.
        return JpegImagePlugin.JpegImageFile(file)
    return Image.open(file, formats=(file_format,))


def decode(data: bytes, file_format: str) -> Image.Image:
    """Decodes a picture.

    Pillow's own verify() is left out: it looks at the checksums of a PNG, as read_png does,
    and at nothing of the other formats.

    Args:
      data: a file whose size was held against the limits.
      file_format: the only one that Pillow may try.

    Returns:
      The loaded picture, of whatever mode.

    Raises:
      RejectedFile: if that cannot be done.
    """
    with opened(data, file_format) as image:
        image.load()
        return image


def decode_luma(data: bytes) -> Image.Image:
    """Decodes a JPEG without its colours, which takes two thirds of the time.

    All coded pixels are read nevertheless, so that damage is found as by `decode`.

    Returns:
      Mode L; CMYK for a JPEG of four components.

    Raises:
      RejectedFile: if that cannot be done.
    """
    with opened(data, "JPEG") as image:
        image.draft("L", image.size)
        image.load()
        return image


def decode_small(data: bytes, side: int) -> Image.Image:
    """Decodes a JPEG at as little as an eighth of its size, in RGB.

    Args:
      data: what decode_luma found nothing wrong with.
      side: neither width nor height becomes less, if they were not before.

    Raises:
      RejectedFile: if that cannot be done.
    """
    with opened(data, "JPEG") as image:
        image.draft("RGB", (side, side))
        image.load()
        return image


def ends_flat(luma: Image.Image) -> bool:
    """Returns whether the last block of a JPEG is one grey, as it is where its bytes run out."""
    width, height = luma.size
    left, top = ((side - 1) // _BLOCK * _BLOCK for side in luma.size)
    if luma.getpixel((left, top)) != luma.getpixel((width - 1, height - 1)):
        return False
    darkest, lightest = luma.crop((left, top, width, height)).getextrema()
    return bool(darkest == lightest)


def check_ends(found: Container, luma: Image.Image) -> None:
    """Makes sure that the coded pixels of a JPEG do not run out before its end marker.

    Where they do, libjpeg fills up with grey, and Pillow hides its warning. Bytes put in
    after each run of coded pixels tell: only what is whole comes out the same.

    Args:
      found: what is left of the file, and where the runs end.
      luma: what decode_luma makes of it.

    Raises:
      RejectedFile: if they do, so that damage has made the end marker.
    """
    starts, ends = (0, *found.scan_ends), (*found.scan_ends, len(found.data))
    runs = (found.data[start:end] for start, end in zip(starts, ends, strict=True))
    difference = ImageChops.difference(luma, decode_luma(_FILLER.join(runs)))
    # getbbox() alone would look at the last band of CMYK, as if it were transparency.
    if any(band.getbbox() for band in difference.split()):
        raise broken("an end marker before the end of its pixels")


@contextlib.contextmanager
def without_warnings() -> Iterator[None]:
    """Keeps to itself what Pillow warns of: large pictures, and odd ones."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
