"""Makes of any picture one of 8-bit RGB, upright."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from components.ingest.pictures import repairs

_JPEG_QUALITY = 95
# What is seen through a hole in a picture: what most programs show, a white page.
_GROUND = "white"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def to_upright_rgb(
    image: Image.Image, *, orientation: int, sixteen_bit: bool
) -> tuple[Image.Image, tuple[str, ...]]:
    """Converts a picture.

    Args:
      image: loaded or just opened, of any mode that a JPEG, PNG, WEBP, GIF or BMP has.
      orientation: EXIF's, 1 (upright) to 8.
      sixteen_bit: whether the file had 16 bits a channel; Pillow may have cut them already.

    Returns:
      A picture of mode RGB, and what was changed, in the words of `repairs`; the very
      picture that came if nothing was.
    """
    image.load()
    done: list[str] = []
    if sixteen_bit:
        done.append(repairs.SIXTEEN_BIT_TO_EIGHT_BIT)
    if image.mode.startswith("I"):
        # The high byte, as Pillow and libpng take it of a colour picture.
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    done += _name_change(image)
    if image.has_transparency_data:
        done.append(repairs.ALPHA_REMOVED)
        image = _on_ground(image.convert("RGBA"))
    elif image.mode != "RGB":
        image = image.convert("RGB")
    if orientation in _TURNS:
        done.append(repairs.ROTATED)
        image = image.transpose(_TURNS[orientation])
    return image, tuple(done)


def encode(image: Image.Image, file_format: str, comment: bytes | None) -> bytes:
    """Encodes an RGB picture as JPEG or PNG, without metadata but the comment of a JPEG."""
    # Pillow writes some of what a picture came with unless it is taken away.
    image.info = {}
    file = io.BytesIO()
    if file_format == "JPEG":
        options = {"comment": comment} if comment else {}
        image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling="4:4:4", **options)
    else:
        image.save(file, "PNG")
    return file.getvalue()


def _name_change(image: Image.Image) -> Iterator[str]:
    if image.mode in ("P", "PA"):
        yield repairs.PALETTE_TO_RGB
    elif image.mode in ("1", "L", "LA", "La"):
        yield repairs.GREY_TO_RGB
    elif image.mode == "CMYK":
        yield repairs.CMYK_TO_RGB


def _on_ground(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, _GROUND)
    ground.paste(image, mask=image.getchannel("A"))
    return ground
