"""Decodes with Pillow to upright 8-bit RGB; the only error for any bytes is RejectedFile."""

import contextlib
import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, JpegImagePlugin

from components.ingest.pictures import container, repairs
from components.ingest.pictures.orientation import read_orientation
from components.ingest.pictures.pictures import ImageLimits
from components.ingest.rejection import RejectedFile

_CONVERSIONS = {"P": repairs.PALETTE_TO_RGB, "CMYK": repairs.CMYK_TO_RGB}
_CONVERSIONS |= dict.fromkeys(("1", "L", "LA"), repairs.GRAY_TO_RGB)
_TURNS = {  # in this order, each for the orientations that need it
    Image.Transpose.TRANSPOSE: (5, 6, 7, 8),
    Image.Transpose.FLIP_LEFT_RIGHT: (2, 3, 6, 7),
    Image.Transpose.FLIP_TOP_BOTTOM: (3, 4, 7, 8),
}


def decode(file: container.Container, file_format: str) -> tuple[Image.Image, tuple[str, ...]]:
    """Returns upright RGB, or the luma of a JPEG that is stored unchanged; and the repairs."""
    if file_format == "JPEG":
        luma = decode_draft(file.data, "L")
        width, height = luma.size
        last_block = luma.crop(((width - 1) // 8 * 8, (height - 1) // 8 * 8, width, height))
        mode = "RGB" if file.may_be_cut or not file.as_it_is else "L"
        # Where coded pixels end early, libjpeg fills in gray, and Pillow hides its warning.
        if mode == "RGB" or len({*last_block.getextrema()}) == 1:
            whole = luma if mode == "L" else decode_draft(file.data, mode)
            if whole.tobytes() != decode_draft(b"".join(file.filled), mode).tobytes():
                raise container.broken("an end marker before the end of its pixels")
        if file.as_it_is:
            return luma, ()
    with _opened(file.data, file_format) as image:
        return _to_upright_rgb(image, file.orientation)


def decode_draft(data: bytes, mode: str, side: int | None = None) -> Image.Image:
    """Decodes a JPEG to "L" (only luma), "RGB" or CMYK; scaled down, if `side` allows."""
    with _opened(data, "JPEG") as image:
        image.draft(mode, (side, side) if side else image.size)
        image.load()
        return image


def read_other(data: bytes, file_format: str, limits: ImageLimits) -> container.Container:
    """Reads the header of a WEBP, GIF or BMP; of an animation, the first frame is kept."""
    with _opened(data, file_format) as image:
        limits.check_size(*image.size)
        applies = {
            repairs.METADATA_REMOVED: bool(image.info.keys() & {"exif", "xmp", "comment"}),
            repairs.COLOR_PROFILE_REMOVED: "icc_profile" in image.info,
            repairs.FIRST_FRAME_KEPT: getattr(image, "is_animated", False),
            repairs.to_png(file_format): True,
        }
        orientation = read_orientation(image.info.get("exif", b""))
    return container.Container(data, tuple(filter(applies.get, applies)), False, orientation)


def encode(image: Image.Image, file_format: str, comment: bytes | None) -> bytes:
    """Encodes RGB as JPEG or PNG, with no metadata except the comment of a JPEG."""
    image.info = {}  # of which Pillow writes some
    file, is_jpeg = io.BytesIO(), file_format == "JPEG"
    options = {"quality": 95, "subsampling": "4:4:4", "comment": comment} if is_jpeg else {}
    image.save(file, "JPEG" if is_jpeg else "PNG", **options)
    return file.getvalue()


@contextlib.contextmanager
def _opened(data: bytes, file_format: str) -> Iterator[Image.Image]:
    """Opens an image; any error of Pillow, here or in the body, becomes RejectedFile."""
    try:
        if file_format == "JPEG":  # which warns of nothing; Image.open would look for more
            yield JpegImagePlugin.JpegImageFile(io.BytesIO(data))
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield Image.open(io.BytesIO(data), formats=(file_format,))
    except RejectedFile:
        raise
    except Image.DecompressionBombError as error:
        raise RejectedFile(
            RejectedFile.TOO_MANY_PIXELS, f"expected fewer pixels; {error}"
        ) from None
    except Exception as error:  # hostile bytes raise errors without a common class
        head, size = {"WEBP": (8, data[4:8]), "BMP": (0, data[2:6])}.get(file_format, (0, b""))
        lacks_end = file_format == "GIF" and not data.endswith(b";")
        if lacks_end or len(data) < head + int.from_bytes(size, "little"):
            raise container.cut(data, "its pixels") from None
        raise container.broken(f"a Pillow error: {error}") from None


def _to_upright_rgb(image: Image.Image, orientation: int) -> tuple[Image.Image, tuple[str, ...]]:
    """Converts an image to upright RGB; transparent pixels become white."""
    image.load()
    codes = []
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))  # as for colors
    if image.mode in _CONVERSIONS:
        codes.append(_CONVERSIONS[image.mode])
    if image.has_transparency_data:
        codes.append(repairs.ALPHA_REMOVED)
        transparent = image.convert("RGBA")
        image = Image.new("RGB", transparent.size, "white")
        image.paste(transparent, mask=transparent.getchannel("A"))
    elif image.mode != "RGB":
        image = image.convert("RGB")
    if orientation > 1:
        codes.append(repairs.ROTATED)
    for turn, orientations in _TURNS.items():
        if orientation in orientations:
            image = image.transpose(turn)
    return image, tuple(codes)
