"""Brightness, contrast, sharpness and color of images."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from components.ingest.pictures.scalars import measure, measure_color, reduce_luma


def measured(luma: Image.Image) -> tuple[float, float, float]:
    """Returns brightness, contrast and sharpness."""
    found = measure(reduce_luma(luma))
    return found["brightness"], found["contrast"], found["sharpness"]


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_flat_image_has_brightness_but_no_contrast_or_sharpness(level: int) -> None:
    assert measured(Image.new("L", (50, 40), level)) == (level, 0.0, 0.0)


def test_half_black_half_white_has_the_maximum_contrast() -> None:
    halves = Image.new("L", (40, 40))
    halves.paste(255, (0, 0, 20, 40))
    brightness, contrast, sharpness = measured(halves)
    assert (brightness, contrast) == (127.5, 127.5)
    # Two of 38 columns have a neighbor of the other color.
    assert sharpness == pytest.approx(2 / 38 * 255**2)


@pytest.mark.parametrize("size", [(3, 3), (31, 50), (95, 200)])
def test_scalars_match_their_textbook_definitions(size: tuple[int, int]) -> None:
    values = np.random.default_rng(4).integers(0, 256, size[::-1], np.uint8)
    wide = values.astype(float)
    neighbours = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
    laplacian = neighbours - 4 * wide[1:-1, 1:-1]
    found = measured(Image.fromarray(values))
    assert found == pytest.approx((wide.mean(), wide.std(), laplacian.var()))


def test_sharpness_decreases_with_blur_at_any_size() -> None:
    noise = Image.effect_noise((200, 200), 60)
    blurred = [noise.filter(ImageFilter.GaussianBlur(radius)) for radius in (0, 1, 2, 4)]
    for side in (200, 800):
        sharpness = [measured(luma.resize((side, side)))[2] for luma in blurred]
        assert sharpness == sorted(sharpness, reverse=True)
        assert sharpness[-1] < sharpness[0] / 100


@pytest.mark.parametrize(
    ("size", "reduced"),
    [
        ((1, 1), (1, 1)),
        ((191, 300), (191, 300)),
        ((192, 300), (96, 150)),
        ((5000, 600), (834, 100)),
    ],
)
def test_an_image_is_reduced_by_a_whole_factor(
    size: tuple[int, int], reduced: tuple[int, int]
) -> None:
    assert reduce_luma(Image.new("L", size)).shape == reduced[::-1]


@pytest.mark.parametrize("size", [(1, 1), (23, 40), (200, 200), (900, 130)])
def test_color_is_the_distance_from_gray(size: tuple[int, int]) -> None:
    def found(*rgb: int) -> float:
        return measure_color(Image.new("RGB", size, rgb))

    assert found(0, 0, 0) == found(90, 90, 90) == found(255, 255, 255) == 0
    # Cb and Cr of pure red are 85 and 255.
    assert found(255, 0, 0) == pytest.approx((43 + 127) / 2, abs=1)
    assert 0 < found(140, 120, 110) < found(180, 120, 90)


def test_a_half_gray_image_has_half_the_color() -> None:
    picture = Image.new("RGB", (96, 96), (255, 0, 0))
    whole = measure_color(picture)
    picture.paste((128, 128, 128), (0, 0, 48, 96))
    assert measure_color(picture) == pytest.approx(whole / 2)


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (9, 2)])
def test_too_few_pixels_have_no_sharpness(size: tuple[int, int]) -> None:
    assert measured(Image.effect_noise(size, 60))[2] == 0.0
