"""Image measures that reveal poor images and drift."""

from math import sqrt
from typing import Any

import numpy as np
from PIL import Image

_SIDE = 96  # about what models see: blur or grain that they cannot see does not count
COLOR_SIDE = 24  # to an eighth of its side, a JPEG is decoded in almost no time


def reduce_luma(luma: Image.Image) -> np.ndarray:
    """Reduces mode L to uint8 [height, width]; the shorter side is 96 to 191, or unchanged."""
    reduced = luma.reduce(max(1, min(luma.size) // _SIDE))
    return np.frombuffer(reduced.tobytes(), np.uint8).reshape(reduced.height, reduced.width)


def measure(reduced: np.ndarray) -> dict[str, Any]:
    """Measures the result of reduce_luma; sums of integers are the same on every machine.

    Returns:
      brightness: mean luma, 0 (black) to 255 (white).
      contrast: standard deviation of the luma, 0 (flat) to 127.5.
      sharpness: variance of the Laplacian (the sum of each pixel's four neighbors less four times
        the pixel) in squared gray levels, 0 (flat, or fewer than three pixels a side) and up.
    """
    mean, variance = _mean_and_variance(reduced.ravel())
    return {"brightness": mean, "contrast": sqrt(variance), "sharpness": _sharpness(reduced)}


def measure_color(image: Image.Image) -> float:
    """Returns the mean distance of an RGB image's Cb and Cr from gray, 0 (no color) to 128."""
    small = image.reduce(max(1, min(image.size) // COLOR_SIDE)).convert("YCbCr")
    chroma = np.frombuffer(small.tobytes(), np.uint8).reshape(-1, 3)[:, 1:].astype(np.int16)
    return int(np.abs(chroma - 128).sum()) / chroma.size


def _sharpness(reduced: np.ndarray) -> float:
    height, width = reduced.shape
    if min(height, width) < 3:
        return 0.0
    # Fast as one row of small integers; values that wrap around line ends are dropped below.
    values = reduced.ravel().astype(np.int16)
    middle = values[width:-width]
    laplacian = values[: -2 * width] + values[2 * width :]
    laplacian -= middle << 2
    laplacian[1:] += middle[:-1]
    laplacian[:-1] += middle[1:]
    return _mean_and_variance(laplacian.reshape(height - 2, width)[:, 1:-1].ravel())[1]


def _mean_and_variance(integers: np.ndarray) -> tuple[float, float]:
    # Floats multiply fastest, and float sums of integers are exact up to 2**53.
    values = integers.astype(np.float64)
    count, total, squares = values.size, int(values.sum()), int(values @ values)
    return total / count, (squares * count - total**2) / count**2
