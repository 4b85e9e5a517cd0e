"""One number for pictures that look alike, whatever their size and compression."""

import functools

import numpy as np

# The frequencies that count: those whose row and column make no more than this, but the mean.
# More tell more pictures apart, and fewer survive that one is compressed again or resized.
_HIGHEST = 8
_HEX_DIGITS = 16
# Of a grey level: a flat picture has frequencies of nought, give or take a rounding error.
_FLAT = 1e-6

_ROWS, _COLUMNS = np.array(
    [(row, total - row) for total in range(1, _HIGHEST + 1) for row in range(total + 1)]
).T


def hash_picture(luma: np.ndarray) -> str:
    """Hashes a picture's looks.

    Each of 44 bits is the sign of a frequency of the cosine transform: whether the picture is
    brighter on its left, in its middle, and so on, ever finer. Noise seldom turns one, since
    the low frequencies of a photograph are strong.

    Args:
      luma: uint8 [height, width].

    Returns:
      16 hexadecimal digits, the same on every machine. Equal, as a rule, for pictures that
      look alike; two that do not may share one, and two that do may differ.
    """
    height, width = luma.shape
    frequencies = _cosines(height) @ luma.astype(np.float64) @ _cosines(width).T
    bits = np.packbits(frequencies[_ROWS, _COLUMNS] > _FLAT)
    return bits.tobytes().hex().rjust(_HEX_DIGITS, "0")


@functools.lru_cache(maxsize=64)
def _cosines(side: int) -> np.ndarray:
    """Returns float64 [frequencies, side]: what each pixel adds to each frequency."""
    angles = np.outer(np.arange(1 + _HIGHEST), np.arange(side) + 0.5) * np.pi / side
    return np.cos(angles) / side
