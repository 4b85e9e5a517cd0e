"""The hair of a sample face: behind the head, on top of it, and on the chin."""

import math
import random

from PIL.ImageDraw import ImageDraw

from pipeline.tools.sample.layout import Layout, Point, box
from pipeline.tools.sample.traits import Traits, mix

# By texture: the distance of the hair from the head; the depth of its waves, and waves per turn.
_VOLUME = {"straight": 10.0, "wavy": 15.0, "curly": 24.0}
_WAVES = {"straight": (0.0, 1), "wavy": (5.0, 17), "curly": (6.0, 42)}


def draw_back_hair(draw: ImageDraw, traits: Traits, layout: Layout) -> None:
    """Draws the hair behind the face; short hair has none."""
    if traits.hair_length < 0.25:
        return
    depth, waves = _WAVES[traits.texture]
    half = layout.width + _VOLUME[traits.texture] + 8
    top = layout.y - layout.height * 0.7
    length = layout.height * (0.8 + 1.25 * traits.hair_length)
    right: list[Point] = []
    for step in range(31):
        down = step / 30
        # Rounded at the head, and a little at the ends.
        across = half * math.sqrt(1 - max(0.0, 1 - down / 0.4) ** 2) - 40 * max(0.0, down - 0.85)
        wave = depth * math.sin(down * waves * 2) * min(1.0, down * 4)
        right.append((across + wave + 10 * down, top + length * down))
    left = [(layout.x - dx, y) for dx, y in reversed(right)]
    shade = mix(traits.hair, (0, 0, 0), 0.18)
    draw.polygon([(layout.x + dx, y) for dx, y in right] + left, fill=shade)


def draw_top_hair(draw: ImageDraw, traits: Traits, layout: Layout, rng: random.Random) -> None:
    """Draws the hair from ear to ear over the top; baldness thins it."""
    depth, waves = _WAVES[traits.texture]
    fullness = (1 - traits.baldness) * (0.35 + 0.65 * min(1.0, traits.maturity * 2))
    off = _VOLUME[traits.texture] * fullness
    outer: list[Point] = []
    for degrees in range(180, 361, 3):
        turn = math.radians(degrees)
        reach = off + depth * fullness * math.sin(waves * turn)
        x, y = layout.rim(degrees)
        outer.append((x + reach * math.cos(turn), y + reach * math.sin(turn)))
    # The hairline: the height above the center of the face, as a share of half the face.
    fringe = traits.texture == "straight" and rng.random() < 0.6
    front = (0.38 if fringe else 0.6) * fullness + 0.98 * (1 - fullness)
    parting = 0.0 if fringe else rng.uniform(-0.5, 0.5)
    inner: list[Point] = []
    for step in range(24, -25, -2):
        across = step / 24
        fall = abs(across - parting * (1 - across * across)) ** (6 if fringe else 2.4)
        height = front * (1 - fall) + 0.05 * fall
        # A bald hairline must stay on the head.
        height = min(height, math.sqrt(max(0.0, 1 - across * across)) + 0.02)
        inner.append((layout.x + layout.width * across * 0.99, layout.y - layout.height * height))
    draw.polygon(outer + inner, fill=traits.hair)
    _draw_strands(draw, traits, outer, inner, rng)


def _draw_strands(
    draw: ImageDraw, traits: Traits, outer: list[Point], inner: list[Point], rng: random.Random
) -> None:
    if traits.baldness > 0.6 or traits.maturity < 0.25:
        return
    shades = (mix(traits.hair, (255, 255, 255), 0.16), mix(traits.hair, (0, 0, 0), 0.3))
    for count in range(36 if traits.texture == "curly" else 14):
        at = rng.uniform(0.12, 0.88)
        (x0, y0), (x1, y1) = outer[int(at * len(outer))], inner[int((1 - at) * len(inner))]
        if traits.texture == "curly":
            share = rng.random()
            curl = box(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, 6, 6)
            draw.arc(curl, 0, 270, fill=shades[count % 2], width=3)
        else:
            draw.line((x0, y0, x1, y1), fill=shades[count % 2], width=2)


def draw_beard(draw: ImageDraw, traits: Traits, layout: Layout) -> None:
    """Draws stubble or a beard as a shade on the lower face, and a moustache above the mouth."""
    x, mouth = layout.x, layout.mouth_y
    if traits.beard:
        top = (layout.nose_y + mouth) / 2
        edge = [layout.rim(degrees) for degrees in range(8, 173, 4)]
        cheeks: list[Point] = [
            (x - layout.width * 0.72, mouth - 22),
            (x - layout.width * 0.4, top),
            (x, top + 2),
            (x + layout.width * 0.4, top),
            (x + layout.width * 0.72, mouth - 22),
        ]
        draw.polygon(edge + cheeks, fill=mix(traits.skin, traits.hair, traits.beard))
    if traits.moustache:
        half = layout.width * 0.4
        draw.pieslice(
            box(x, mouth - 5, half, 15), 180, 360, fill=mix(traits.skin, traits.hair, 0.9)
        )
