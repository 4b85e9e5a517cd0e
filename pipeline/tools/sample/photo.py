"""Turns a sample face into an image, with the variation of a camera."""

import math
import random

from PIL import Image, ImageFilter

from components.ingest.labels.names import Labels
from pipeline.tools.sample.face import draw_face
from pipeline.tools.sample.layout import CANVAS
from pipeline.tools.sample.traits import draw_traits

SIZE = 200  # pixels per side, like UTKFace's aligned and cropped images


def draw_image(labels: Labels, rng: random.Random) -> Image.Image:
    """Returns a SIZE by SIZE RGB image of a face with these labels.

    Background, tilt, shift, scale, light, blur and noise are independent of the labels.
    """
    face = _place(draw_face(draw_traits(labels, rng), rng), rng)
    image = _draw_background(rng)
    image.paste(face, mask=face)
    gain, offset = rng.gauss(0.97, 0.06), rng.gauss(0.0, 5.0)
    light = [min(255, max(0, round(level * gain + offset))) for level in range(256)]
    image = image.point(light * 3).filter(ImageFilter.GaussianBlur(rng.uniform(0.0, 0.9)))
    # Pillow's effect_noise takes no seed.
    grain = Image.frombytes("L", (SIZE, SIZE), rng.randbytes(SIZE * SIZE)).convert("RGB")
    return Image.blend(image, grain, rng.uniform(0.01, 0.07))


def _place(face: Image.Image, rng: random.Random) -> Image.Image:
    tilt = math.radians(max(-10.0, min(10.0, rng.gauss(0.0, 5.0))))
    # Large enough to keep the edges of the canvas out of the image.
    scale = rng.uniform(1.12, 1.32)
    # The transform maps a point of the image to a point of the canvas.
    step = CANVAS / SIZE / scale
    cos, sin = math.cos(tilt) * step, math.sin(tilt) * step
    x, y = SIZE / 2 + rng.gauss(0.0, 4.0), SIZE / 2 + rng.gauss(0.0, 4.0)
    middle = CANVAS / 2
    matrix = (cos, sin, middle - cos * x - sin * y, -sin, cos, middle + sin * x - cos * y)
    return face.transform(
        (SIZE, SIZE), Image.Transform.AFFINE, matrix, resample=Image.Resampling.BILINEAR
    )


def _draw_background(rng: random.Random) -> Image.Image:
    level = rng.randint(60, 200)
    first, second = (
        Image.new("RGB", (SIZE, SIZE), tuple(level + rng.randint(-45, 45) for _ in range(3)))
        for _ in range(2)
    )
    gradient = Image.linear_gradient("L").resize((SIZE, SIZE))
    if rng.random() < 0.5:
        gradient = gradient.transpose(Image.Transpose.ROTATE_90)
    strength = rng.random()
    return Image.composite(first, second, gradient.point([round(v * strength) for v in range(256)]))
