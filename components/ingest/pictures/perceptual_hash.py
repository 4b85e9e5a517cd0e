"""A hash that is equal for images that look alike, at any size and compression."""

import functools

import numpy as np

_HIGHEST = 8  # of row and column together; the higher, the fewer copies of an image stay equal
_SUMS = range(1, _HIGHEST + 1)
_ROWS, _COLUMNS = np.array([(row, total - row) for total in _SUMS for row in range(total + 1)]).T


def hash_image(luma: np.ndarray) -> str:
    """Hashes luma, uint8 [height, width]: the signs of its 44 lowest frequencies except the mean.

    Returns:
      16 hexadecimal digits, the same on every machine; mostly equal for images that look alike,
      and different for others.
    """
    frequencies = _cosines(luma.shape[0]) @ luma.astype(np.float64) @ _cosines(luma.shape[1]).T
    bits = np.packbits(frequencies[_ROWS, _COLUMNS] > 1e-6)  # a flat image has rounding errors
    return bits.tobytes().hex().rjust(16, "0")


@functools.lru_cache(maxsize=64)
def _cosines(side: int) -> np.ndarray:
    """Returns float64 [frequencies, side]: the weight of each pixel in each frequency."""
    angles = np.outer(np.arange(1 + _HIGHEST), np.arange(side) + 0.5) * np.pi / side
    return np.cos(angles) / side
