"""Checks that a file predicts the same as the SavedModel."""

import numpy as np
from PIL import Image

from pipeline.tools.exporting.pixels_model import Predict
from trainer.tasks import TASKS, Kind

# The libraries sum in different orders. Over all architectures, formats and lanes this made at most
# 4e-5 years and 8e-7 of a probability; predictions are displayed in whole years and percent.
TOLERANCES = {task.output_key: 0.01 if task.kind is Kind.REGRESSION else 1e-4 for task in TASKS}


def make_images(shape: tuple[int, int, int]) -> np.ndarray:
    """Creates the images for the comparison, always the same: uint8 [10, height, width, 3].

    Four are noise, four change little from pixel to pixel, one is black and one is white.

    Args:
      shape: height, width and channels.
    """
    height, width, channels = shape
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (4, *shape), np.uint8)
    smooth = [
        np.asarray(Image.fromarray(colors).resize((width, height), Image.Resampling.BICUBIC))
        for colors in random.integers(0, 256, (4, 4, 4, channels), np.uint8)
    ]
    plain = [np.full(shape, level, np.uint8) for level in (0, 255)]
    return np.stack([*noise, *smooth, *plain])


class ParityError(RuntimeError):
    """The converted model predicts differently; the message says by how much."""


def compare(expected: Predict, converted: Predict, shape: tuple[int, int, int]) -> dict[str, float]:
    """Runs both models on the images, first in one batch, then on one image alone.

    Args:
      expected: the SavedModel.
      converted: the converted model.
      shape: height, width and channels of an input image.

    Returns:
      The largest absolute difference of each output, in its unit or as a probability.

    Raises:
      ParityError: if a difference exceeds TOLERANCES, or the shapes of the outputs differ.
    """
    images = make_images(shape)
    differences = dict.fromkeys(TOLERANCES, 0.0)
    for batch in (images, images[:1]):
        wanted, received = expected(batch), converted(batch)
        if _shapes(wanted) != _shapes(received) or wanted.keys() != TOLERANCES.keys():
            raise ParityError(
                f"Expected the outputs {_shapes(wanted)}, named {sorted(TOLERANCES)}; "
                f"found {_shapes(received)}."
            )
        for name, value in wanted.items():
            difference = np.abs(value - received[name]).max()
            # Unlike Python's max, np.maximum keeps a NaN.
            differences[name] = float(np.maximum(differences[name], difference))
    beyond = [
        f"{name} by {difference:.2g}, where {TOLERANCES[name]:g} is allowed"
        for name, difference in differences.items()
        # A NaN fails every comparison, so it must not pass as small.
        if not difference <= TOLERANCES[name]
    ]
    if beyond:
        raise ParityError(
            f"Expected the predictions of the SavedModel; these differ: {'; '.join(beyond)}."
        )
    return differences


def _shapes(outputs: dict[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(outputs[name].shape) for name in sorted(outputs)}
