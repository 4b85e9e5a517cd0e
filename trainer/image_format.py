"""The format of a model's input images, which the transform graph determines."""

from dataclasses import dataclass

from trainer.features import CHANNELS, IMAGE_SIZE


@dataclass(frozen=True)
class ImageFormat:
    """The format of the images in transformed examples.

    Attributes:
      size: pixels per side.
      mean: mean of each channel over the train split, 0 to 255.
      scale: factor for the difference from the mean: 1 / standard deviation.
    """

    size: int = IMAGE_SIZE
    mean: tuple[float, ...] = (0.0,) * CHANNELS
    scale: tuple[float, ...] = (1.0,) * CHANNELS

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.size, self.size, CHANNELS
