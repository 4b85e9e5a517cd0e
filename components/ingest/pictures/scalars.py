"""Numbers that say how good a picture is, and that drift is told by."""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

# About the side that models look at: blur or grain that they cannot see is none.
_SIDE = 96
# Colours are measured coarser still: at an eighth of a side, a JPEG gives them almost for nothing.
COLOUR_SIDE = 24
_GREY = 128


class Scalars(NamedTuple):
    """What a picture is like as a whole, at about the size that models see it in.

    Attributes:
      brightness: mean luma, 0 (black) to 255 (white).
      contrast: standard deviation of the luma, 0 (flat) to 127.5.
      sharpness: variance of the Laplacian (each pixel's four neighbours less four times
        itself) of the luma, in squared grey levels: 0 for a flat picture or one of fewer
        than three pixels a side, more the sharper.
    """

    brightness: float
    contrast: float
    sharpness: float


def reduce_luma(luma: Image.Image) -> np.ndarray:
    """Makes a picture about as small as models see it, by means of whole pixels.

    Args:
      luma: mode L.

    Returns:
      uint8 [height, width]; the smaller side has 96 to 191 pixels, or fewer if it had
      fewer before.
    """
    reduced = luma.reduce(max(1, min(luma.size) // _SIDE))
    return np.frombuffer(reduced.tobytes(), np.uint8).reshape(reduced.height, reduced.width)


def measure(reduced: np.ndarray) -> Scalars:
    """Measures a picture; whole numbers keep the outcome the same on every machine.

    Args:
      reduced: what reduce_luma makes of it.
    """
    mean, variance = _mean_and_variance(reduced.ravel())
    return Scalars(mean, math.sqrt(variance), _sharpness(reduced))


def measure_colour(image: Image.Image) -> float:
    """Measures how far a picture is from grey.

    Args:
      image: mode RGB, of any size.

    Returns:
      The mean distance of Cb and Cr from grey, 0 (no colour at all) to 128; where the
      picture is large, of means of its pixels.
    """
    small = image.reduce(max(1, min(image.size) // COLOUR_SIDE)).convert("YCbCr")
    chroma = np.frombuffer(small.tobytes(), np.uint8).reshape(-1, 3)[:, 1:].astype(np.int16)
    return int(np.abs(chroma - _GREY).sum()) / chroma.size


def _sharpness(reduced: np.ndarray) -> float:
    height, width = reduced.shape
    if min(height, width) < 3:
        return 0.0
    # The Laplacian of 8 bits needs 11. Small numbers in one row, a picture's line after the
    # other, keep this fast; the ends of the lines, where they meet, are left out after it.
    values = reduced.ravel().astype(np.int16)
    middle = values[width:-width]
    laplacian = values[: -2 * width] + values[2 * width :]
    laplacian -= middle << 2
    laplacian[1:] += middle[:-1]
    laplacian[:-1] += middle[1:]
    return _mean_and_variance(laplacian.reshape(height - 2, width)[:, 1:-1].ravel())[1]


def _mean_and_variance(whole_numbers: np.ndarray) -> tuple[float, float]:
    # As floats they are multiplied fastest; sums of whole numbers up to 2**53 stay exact.
    values = whole_numbers.astype(np.float64)
    count, total, squares = values.size, int(values.sum()), int(values @ values)
    return total / count, (squares * count - total**2) / count**2
