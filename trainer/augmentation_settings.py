"""How training images are varied."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class AugmentationSettings(BaseModel):
    """The tutorial's magnitudes, and those of three variations that it lacks.

    Each is drawn anew for each image, uniformly and independently. The tutorial's are the
    arguments of Keras 2's ImageDataGenerator, whose `shear_range` is in degrees: its 0.2,
    which reads like a share, moves no pixel by more than a sixth of a pixel. An image's
    outermost pixels fill what comes into it from outside.

    Attributes:
      method: `tutorial` varies the training images by the magnitudes below; `none` takes
        them as they are, whatever the magnitudes.
      rotation_degrees: turns by up to so much to either side.
      width_shift: shifts sideways by up to so much of the width.
      height_shift: shifts up or down by up to so much of the height.
      shear_degrees: tilts the columns by up to so much to either side.
      zoom: scales width and height, apart, by 1 - zoom to 1 + zoom; above 1 shows more.
      flip_probability: of mirroring left and right.
      brightness: multiplies all values by 1 - brightness to 1 + brightness.
      contrast: multiplies the distances from the image's mean grey in the same way.
      saturation: multiplies the distances from each pixel's own grey in the same way.
      cutout: side of a square that is blanked out, as a share of the image's, its centre
        anywhere in the image.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    method: Literal["none", "tutorial"] = "none"
    rotation_degrees: float = Field(default=25.0, ge=0, le=180)
    width_shift: float = Field(default=0.1, ge=0, le=1)
    height_shift: float = Field(default=0.1, ge=0, le=1)
    shear_degrees: float = Field(default=0.2, ge=0, lt=90)
    zoom: float = Field(default=0.2, ge=0, lt=1)
    flip_probability: float = Field(default=0.5, ge=0, le=1)
    brightness: float = Field(default=0.0, ge=0, le=1)
    contrast: float = Field(default=0.0, ge=0, le=1)
    saturation: float = Field(default=0.0, ge=0, le=1)
    cutout: float = Field(default=0.0, ge=0, le=1)
