"""The limits on an image, and the properties of an accepted image."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen

from components.ingest.rejection import RejectedFile

Format = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP"]

_MAX_SIDE = 65_500  # libjpeg's


@dataclass(frozen=True)
class ImageLimits:
    """What an image file may be. UTKFace images have 200 x 200 pixels.

    Attributes:
      formats: image formats, by Pillow's names. The file suffix does not matter. Formats other than
        JPEG and PNG are stored as PNG, because Transform and serving read only these two.
      max_pixels: maximum of width times height.
      max_bytes: maximum file size, in bytes.
      min_side: minimum width and height, in pixels.
    """

    # IngestSettings checks these bounds: importing pydantic here would slow the workers' start.
    formats: Annotated[tuple[Format, ...], MinLen(1)] = ("JPEG", "PNG")
    max_pixels: Annotated[int, Ge(1), Le(80_000_000)] = 25_000_000
    max_bytes: Annotated[int, Ge(1)] = 20_000_000
    min_side: Annotated[int, Ge(1)] = 16

    def check_size(self, width: int, height: int) -> None:
        """Raises RejectedFile if an image is too large or too small; needs no pixels."""
        reason = RejectedFile.TOO_MANY_PIXELS
        if width * height > self.max_pixels:
            expected = f"at most {self.max_pixels:,} pixels"
        elif max(width, height) > _MAX_SIDE:
            expected = f"at most {_MAX_SIDE:,} pixels a side"
        elif min(width, height) < self.min_side:
            reason, expected = RejectedFile.TOO_SMALL, f"at least {self.min_side} pixels a side"
        else:
            return
        raise RejectedFile(reason, f"expected {expected}; found {width} x {height}")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An accepted image: a whole JPEG or PNG of 8-bit RGB, upright, without metadata.

    Attributes:
      data: bytes to store; identical to the file if `repairs` is empty.
      repairs: codes of `repairs`, in the order in which they were applied.
      detected_format: format by the bytes, by Pillow's name.
      width, height: size of `data`, in pixels.
      brightness, contrast, sharpness: see scalars.measure.
      colour: mean distance from gray, 0 to 128; None if it was not measured.
      perceptual_hash: 16 hexadecimal digits, equal for images that look alike.
      drawing: whether `utkface sample` drew the image.
    """

    data: bytes
    repairs: tuple[str, ...]
    detected_format: str
    width: int
    height: int
    brightness: float
    contrast: float
    sharpness: float
    colour: float | None
    perceptual_hash: str
    drawing: bool
