"""What a picture must be to be accepted, and what is known of one that was."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen

from components.html.words import listed
from components.ingest.ledger.rejection import RejectedFile, too_many_bytes

Format = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP"]

# libjpeg goes no further; libpng, as TensorFlow builds it, goes to a million.
_MAX_SIDE = 65_500


@dataclass(frozen=True)
class ImageLimits:
    """What a picture may be. A face of UTKFace is a JPEG of 200 x 200 pixels and 5 kB.

    Attributes:
      formats: Pillow's names of the formats that are accepted. Those but JPEG and PNG are
        stored as PNG, since Transform and serving read only these two.
      max_pixels: width times height. The bound lies well under the one at which Pillow
        itself warns of a decompression bomb.
      max_bytes: of a file.
      min_side: the least width and height, in pixels.
    """

    # IngestSettings checks these bounds. The processes that look at files do without pydantic,
    # which takes a third of the time in which they start.
    formats: Annotated[tuple[Format, ...], MinLen(1)] = ("JPEG", "PNG")
    max_pixels: Annotated[int, Ge(1), Le(80_000_000)] = 25_000_000
    max_bytes: Annotated[int, Ge(1)] = 20_000_000
    min_side: Annotated[int, Ge(1)] = 16

    @property
    def wanted(self) -> str:
        """The formats, for a message: "a JPEG or PNG picture"."""
        return f"a {listed(self.formats, 'or')} picture"

    def check_bytes(self, size: int) -> None:
        """Raises RejectedFile if a file is too large."""
        if size > self.max_bytes:
            raise too_many_bytes(size, self.max_bytes)

    def check_size(self, width: int, height: int) -> None:
        """Raises RejectedFile if a picture is too large or too small; needs no pixels."""
        found = f"found {width} x {height}"
        if width * height > self.max_pixels:
            raise RejectedFile(
                RejectedFile.TOO_MANY_PIXELS,
                f"expected at most {self.max_pixels:,} pixels; {found}",
            )
        if max(width, height) > _MAX_SIDE:
            raise RejectedFile(
                RejectedFile.TOO_MANY_PIXELS,
                f"expected at most {_MAX_SIDE:,} pixels a side; {found}",
            )
        if min(width, height) < self.min_side:
            raise RejectedFile(
                RejectedFile.TOO_SMALL, f"expected at least {self.min_side} pixels a side; {found}"
            )


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An accepted picture: a whole JPEG or PNG of 8-bit RGB, upright, without metadata.

    Attributes:
      data: the bytes to store; the very bytes of the file if `repairs` is empty.
      repairs: what had to be changed, in the words of `repairs`, in the order it was done.
      detected_format: what the file's bytes say, by Pillow's name.
      width: of `data`, in pixels.
      height: of `data`, in pixels.
      brightness: mean luma, 0 (black) to 255 (white).
      contrast: standard deviation of the luma, 0 (flat) to 127.5.
      sharpness: variance of the luma's Laplacian; for all three see scalars.Scalars.
      colour: mean distance from grey, 0 to 128; None if it was not measured.
      perceptual_hash: 16 hexadecimal digits, equal for pictures that look alike.
      drawing: whether `utkface sample` drew it.
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
