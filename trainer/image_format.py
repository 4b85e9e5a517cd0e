"""The format of the pictures that a model gets; the transform graph decides it."""

from dataclasses import dataclass

from trainer.features import CHANNELS, IMAGE_SIZE


@dataclass(frozen=True)
class ImageFormat:
    """The pictures of transformed examples.

    Attributes:
      size: pixels a side.
      mean: of each channel over the train split, in 0..255.
      scale: what a distance from it is multiplied by: 1 / standard deviation.
    """

    size: int = IMAGE_SIZE
    mean: tuple[float, ...] = (0.0,) * CHANNELS
    scale: tuple[float, ...] = (1.0,) * CHANNELS

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.size, self.size, CHANNELS
