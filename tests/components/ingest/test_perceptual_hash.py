"""Perceptual hashes: which images look alike."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from components.ingest.pictures.images import ImageLimits, examine
from components.ingest.pictures.perceptual_hash import hash_image
from pipeline.tools.sample.labels import draw_labels
from pipeline.tools.sample.photo import draw_image

LIMITS = ImageLimits()


def photos(count: int) -> list[Image.Image]:
    drawn = []
    for seed in range(count):
        rng = random.Random(seed)
        drawn.append(draw_image(draw_labels(rng), rng))
    return drawn


def hash_of(picture: Image.Image, file_format: str = "JPEG", quality: int = 95) -> str:
    file = io.BytesIO()
    picture.save(file, file_format, quality=quality)
    return examine(file.getvalue(), LIMITS).perceptual_hash


def test_each_bit_is_the_sign_of_a_frequency() -> None:
    columns, rows = np.meshgrid(np.arange(100, dtype=np.uint8), np.arange(60, dtype=np.uint8))
    assert hash_image(columns) == "0" * 16
    # Brighter to the left: only the frequencies 1, 3, 5 and 7 along a row, none down a column.
    bits = [0, 5, 14, 27]
    assert int(hash_image(200 - columns), 16) == sum(1 << 47 - bit for bit in bits)
    # Brighter at the top: the same frequencies down a column.
    bits = [1, 8, 19, 34]
    assert int(hash_image(200 - rows), 16) == sum(1 << 47 - bit for bit in bits)


@pytest.mark.parametrize("shape", [(16, 16), (31, 77), (96, 5000)])
def test_a_flat_image_has_a_hash_of_zero(shape: tuple[int, int]) -> None:
    assert hash_image(np.full(shape, 131, np.uint8)) == "0" * 16


def test_different_images_have_different_hashes() -> None:
    hashes = {hash_of(photo) for photo in photos(60)}
    assert len(hashes) == 60
    assert all(len(value) == 16 and int(value, 16) < 1 << 48 for value in hashes)


@pytest.mark.parametrize(
    ("change", "share"),
    [
        (lambda photo: hash_of(photo, quality=90), 0.8),
        (lambda photo: hash_of(photo, quality=60), 0.7),
        (lambda photo: hash_of(photo, "PNG"), 0.9),
        (lambda photo: hash_of(photo.resize((180, 180), Image.Resampling.BICUBIC)), 0.8),
        (lambda photo: hash_of(photo.resize((220, 220), Image.Resampling.BICUBIC)), 0.8),
    ],
    ids=["quality 90", "quality 60", "png", "smaller", "larger"],
)
def test_most_reencoded_or_resized_copies_have_the_same_hash(change, share: float) -> None:
    drawn = photos(60)
    alike = sum(hash_of(photo) == change(photo) for photo in drawn)
    assert alike >= share * len(drawn)
