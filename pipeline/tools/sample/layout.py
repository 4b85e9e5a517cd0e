"""Positions of the parts of a sample face on its canvas, which depend on the age."""

import math
from dataclasses import dataclass

from pipeline.tools.sample.traits import Traits

# Faces are drawn at twice the width of the image and scaled down, which smooths their edges.
CANVAS = 400

Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Positions and lengths in pixels of a CANVAS by CANVAS image, y downwards."""

    x: float  # the face's center
    y: float
    width: float  # half the face's width and height
    height: float
    jaw: float
    eye_y: float
    eye_dx: float  # from the center to either eye
    eye_radius: float
    nose_y: float  # the nose's lower end
    mouth_y: float

    @classmethod
    def of(cls, traits: Traits) -> "Layout":
        """Returns an infant's low, large features at maturity 0, and an adult's at 1."""
        grown = traits.maturity
        y, height = 212.0, _between(118, 134, grown)
        width = _between(122, 98, grown) * (1 + 0.06 * (traits.jaw - 2.5))
        eye_y = y + _between(22, -16, grown)
        mouth_y = y + height * _between(0.66, 0.56, grown)
        return cls(
            x=CANVAS / 2,
            y=y,
            width=width,
            height=height,
            jaw=traits.jaw,
            eye_y=eye_y,
            eye_dx=width * 0.42,
            eye_radius=_between(28, 18, grown),
            nose_y=eye_y + (mouth_y - eye_y) * _between(0.5, 0.6, grown),
            mouth_y=mouth_y,
        )

    def rim(self, degrees: float) -> Point:
        """Returns the point on the face's edge at an angle: 0 right, 90 chin, 180 left, 270 top."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        power = 2 / self.jaw if sin > 0 else 1.0
        across = math.copysign(abs(cos) ** power, cos)
        down = math.copysign(abs(sin) ** power, sin)
        return self.x + self.width * across, self.y + self.height * down


def box(x: float, y: float, rx: float, ry: float) -> tuple[float, float, float, float]:
    """Returns the corners of an ellipse for Pillow, from its center and radii."""
    return x - rx, y - ry, x + rx, y + ry


def _between(infant: float, grown: float, maturity: float) -> float:
    return infant + (grown - infant) * maturity
