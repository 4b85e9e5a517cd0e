"""Draws a sample face from its traits: the head and its features, on a transparent background."""

import random

from PIL import Image, ImageDraw

from pipeline.tools.sample.hair import draw_back_hair, draw_beard, draw_top_hair
from pipeline.tools.sample.layout import CANVAS, Layout, box
from pipeline.tools.sample.traits import Traits, mix

_BLACK = (0, 0, 0)
_CLOTHES = (
    (70, 96, 140),
    (150, 66, 70),
    (92, 128, 96),
    (200, 176, 120),
    (90, 84, 110),
    (222, 222, 218),
)


def draw_face(traits: Traits, rng: random.Random) -> Image.Image:
    """Returns the face as a CANVAS by CANVAS RGBA image, transparent around it."""
    image = Image.new("RGBA", (CANVAS, CANVAS))
    draw = ImageDraw.Draw(image)
    layout = Layout.of(traits)
    x, y, width, height = layout.x, layout.y, layout.width, layout.height
    draw.ellipse(box(x, y + height + 120, 190, 130), fill=rng.choice(_CLOTHES))
    draw_back_hair(draw, traits, layout)
    neck, shade = width * (0.5 + 0.12 * (traits.jaw - 2)), mix(traits.skin, _BLACK, 0.16)
    draw.rectangle((x - neck, y + height * 0.6, x + neck, y + height + 14), fill=shade)
    draw.ellipse(box(x, y + height + 12, neck, 18), fill=shade)
    for side in (-1, 1):
        draw.ellipse(box(x + side * width, layout.eye_y + 18, 14, 26), fill=shade)
    draw.polygon([layout.rim(degrees) for degrees in range(0, 360, 4)], fill=traits.skin)
    _draw_cheeks(draw, traits, layout)
    _draw_spots(draw, traits, layout, rng)
    draw_beard(draw, traits, layout)
    _draw_lines(draw, traits, layout)
    _draw_nose_and_mouth(draw, traits, layout)
    for side in (-1, 1):
        _draw_eye(draw, traits, layout, side)
    draw_top_hair(draw, traits, layout, rng)
    _draw_accessories(draw, traits, layout)
    for overlay in traits.overlays:
        overlay(draw, layout)
    return image


def _draw_cheeks(draw: ImageDraw.ImageDraw, traits: Traits, layout: Layout) -> None:
    blush = mix(traits.skin, (226, 92, 92), 0.22 * (1 - 0.75 * traits.maturity))
    for side in (-1, 1):
        center = layout.x + side * layout.width * 0.58
        draw.ellipse(box(center, layout.nose_y + 8, 26, 20), fill=blush)


def _draw_eye(draw: ImageDraw.ImageDraw, traits: Traits, layout: Layout, side: int) -> None:
    x, y, radius = layout.x + side * layout.eye_dx, layout.eye_y, layout.eye_radius
    tall = radius * 0.72 * traits.eye_openness
    draw.ellipse(box(x, y, radius * 1.2, tall), fill=(248, 246, 242))
    iris = min(radius * 0.66, tall)
    draw.ellipse(box(x, y, iris, iris), fill=traits.iris)
    draw.ellipse(box(x, y, iris * 0.5, iris * 0.5), fill=(16, 14, 14))
    draw.ellipse(box(x - iris * 0.3, y - iris * 0.35, 3, 3), fill=(255, 255, 255))
    lid = mix(traits.skin, (24, 16, 16), 0.45 + 0.55 * traits.lashes)
    draw.arc(
        box(x, y, radius * 1.25, tall + 2), 190, 350, fill=lid, width=round(3 + 4 * traits.lashes)
    )
    if traits.lashes > 0.5:
        tip = x + side * radius * 1.12
        draw.line((tip, y - 4, tip + side * 8, y - 12), fill=lid, width=5)
    # Infants' eyebrows are faint; old people's are as gray as their hair.
    brow = mix(traits.skin, mix(traits.hair, (60, 40, 30), 0.3), 0.35 + 0.65 * traits.maturity)
    thick = max(2, round(9 * traits.brow * (0.5 + 0.5 * traits.maturity)))
    draw.arc(
        box(x, y - radius * 0.75, radius * 1.5, radius * 0.95), 205, 335, fill=brow, width=thick
    )


def _draw_nose_and_mouth(draw: ImageDraw.ImageDraw, traits: Traits, layout: Layout) -> None:
    x, nose, mouth = layout.x, layout.nose_y, layout.mouth_y
    shade = mix(traits.skin, _BLACK, 0.24)
    half = (12 + 8 * traits.maturity) * traits.nose_width
    draw.arc(box(x, nose - 8, half, 13), 20, 160, fill=shade, width=5)
    if traits.maturity > 0.6:
        draw.line((x - 5, layout.eye_y + 8, x - half * 0.7, nose - 8), fill=shade, width=3)
    wide = layout.width * (0.26 + 0.1 * traits.maturity)
    full = 10 * traits.lip_fullness
    draw.chord(box(x, mouth - 5, wide, full * 1.9), 8, 172, fill=traits.lips)
    for side in (-1, 1):
        draw.ellipse(box(x + side * wide * 0.3, mouth, wide * 0.5, full * 0.6), fill=traits.lips)
    line = mix(traits.lips, _BLACK, 0.4)
    draw.arc(box(x, mouth - 7, wide, 10), 15, 165, fill=line, width=3)


def _draw_lines(draw: ImageDraw.ImageDraw, traits: Traits, layout: Layout) -> None:
    """Draws wrinkles; each kind starts at its own amount of wear."""
    wear, x = traits.wear, layout.x
    shade = mix(traits.skin, _BLACK, 0.2 + 0.2 * wear)
    for row in range(round(4.4 * wear)):
        y = layout.eye_y - 46 - 15 * row
        draw.arc(
            box(x, y + 8, layout.width * (0.62 - 0.06 * row), 12), 200, 340, fill=shade, width=4
        )
    for side in (-1, 1):
        eye, radius = x + side * layout.eye_dx, layout.eye_radius
        for ray in range(round(3.4 * wear)):
            start = (eye + side * radius * 1.45, layout.eye_y - 4 + 8 * ray)
            end = (eye + side * radius * 2.2, layout.eye_y - 14 + 14 * ray)
            draw.line((start, end), fill=shade, width=4)
        if wear > 0.2:
            fold = x + side * (28 + 12 * wear)
            start, end = (x + side * 24, layout.nose_y - 4), (fold + side * 4, layout.mouth_y + 2)
            draw.line((start, end), fill=shade, width=round(3 + 4 * wear))
        if wear > 0.35:
            draw.arc(
                box(eye, layout.eye_y + 10, radius, 14), 20, 160, fill=shade, width=round(6 * wear)
            )
        if wear > 0.55:
            cheek = box(x + side * layout.width * 0.6, layout.mouth_y - 24, 14, 36)
            turn = 300 if side > 0 else 120
            draw.arc(cheek, turn, turn + 120, fill=shade, width=4)
        if wear > 0.75:
            jowl = x + side * layout.width * 0.42
            draw.line(
                (jowl, layout.mouth_y + 12, jowl - side * 4, layout.mouth_y + 38),
                fill=shade,
                width=5,
            )


def _draw_spots(
    draw: ImageDraw.ImageDraw, traits: Traits, layout: Layout, rng: random.Random
) -> None:
    freckle, spot = mix(traits.skin, (150, 84, 48), 0.5), mix(traits.skin, (104, 70, 50), 0.4)
    for _ in range(traits.freckles):
        x = layout.x + rng.choice((-1, 1)) * rng.uniform(0.1, 0.7) * layout.width
        draw.ellipse(box(x, layout.nose_y + rng.uniform(-26, 14), 3, 3), fill=freckle)
    for _ in range(round(26 * max(0.0, traits.wear - 0.5))):
        x = layout.x + rng.choice((-1, 1)) * rng.uniform(0.25, 0.75) * layout.width
        y = layout.y + rng.uniform(-0.75, 0.45) * layout.height
        draw.ellipse(box(x, y, rng.uniform(3, 6), rng.uniform(3, 5)), fill=spot)


def _draw_accessories(draw: ImageDraw.ImageDraw, traits: Traits, layout: Layout) -> None:
    if traits.earrings:
        for side in (-1, 1):
            ear = layout.x + side * (layout.width + 4)
            draw.ellipse(box(ear, layout.eye_y + 50, 7, 7), fill=(236, 204, 112))
    if traits.glasses:
        frame = (52, 46, 50)
        for side in (-1, 1):
            eye = layout.x + side * layout.eye_dx
            lens = box(eye, layout.eye_y + 2, layout.eye_dx * 0.82, layout.eye_radius * 1.4)
            draw.rounded_rectangle(lens, radius=18, outline=frame, width=5)
        bridge = layout.eye_dx * 0.2
        draw.line(
            (layout.x - bridge, layout.eye_y, layout.x + bridge, layout.eye_y), fill=frame, width=5
        )
