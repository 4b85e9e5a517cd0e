"""Damaged images never cause a crash or a hang; TensorFlow decodes every accepted image."""

import io
import itertools
import random
import time

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from components.ingest.pictures.images import ImageLimits, Picture, examine
from components.ingest.rejection import RejectedFile
from tests.components.ingest.damaged import WHOLE, damaged, repacked_png
from tests.lanes import only_in

LIMITS = ImageLimits(
    formats=("JPEG", "PNG", "WEBP", "GIF", "BMP"), min_side=1, max_pixels=1_000_000
)
# More is a hang, even on a busy machine.
MOST_SECONDS = 60.0
# Rounding difference between two decoders.
MOST_DIFFERENCE = 1


def outcome(data: bytes) -> Picture | RejectedFile:
    try:
        return examine(data, LIMITS)
    except RejectedFile as error:
        return error


def difference(one: Image.Image, other: Image.Image) -> int:
    return max(most for _, most in ImageChops.difference(one, other).getextrema())


def look_at(name: str, data: bytes) -> Picture | None:
    """Examines an image, and returns it if it is accepted."""
    start = time.perf_counter()
    picture = outcome(data)
    assert time.perf_counter() - start < MOST_SECONDS, name
    if isinstance(picture, RejectedFile):
        assert picture.reason in RejectedFile.REASONS
        assert picture.detail.startswith("expected ")
        return None
    # With its fastest method, TensorFlow deviates from a JPEG by up to 90 of 255 levels.
    pixels = tf.io.decode_jpeg(picture.data, channels=3, dct_method="INTEGER_ACCURATE").numpy()
    assert pixels.shape == (picture.height, picture.width, 3), name
    stored = Image.open(io.BytesIO(picture.data))
    assert difference(stored, Image.fromarray(pixels)) <= MOST_DIFFERENCE, name
    again = examine(picture.data, LIMITS)
    assert again.data is picture.data and again.repairs == (), name
    return picture


# The long rounds.
LONG = (pytest.mark.slow, only_in("legacy", "many damaged images are tested"))


def test_all_images_are_accepted_before_they_are_damaged() -> None:
    assert all(look_at(name, data) for name, data in WHOLE.items())


@pytest.mark.parametrize(("seed", "rounds"), [(1, 3000), pytest.param(2, 15_000, marks=LONG)])
def test_a_damaged_image_is_rejected_or_decoded_by_tensorflow(seed: int, rounds: int) -> None:
    accepted = sum(look_at(*one) is not None for one in itertools.islice(damaged(seed), rounds))
    # Otherwise the damage is too severe, or too slight, to test anything.
    assert 0.1 < accepted / rounds < 0.9


@pytest.mark.parametrize(("seed", "rounds"), [(3, 1500), pytest.param(4, 10_000, marks=LONG)])
def test_a_repacked_png_is_rejected_or_stored_as_tensorflow_decodes_it(
    seed: int, rounds: int
) -> None:
    rng, accepted = random.Random(seed), 0
    for number in range(rounds):
        data, plain = repacked_png(rng)
        picture = look_at(f"number {number}", data)
        if picture is not None:
            accepted += 1
            # TensorFlow may compute an alpha channel wrongly if it adds the channel itself.
            channels = 4 if "alpha-removed" in picture.repairs else 3
            pixels = Image.fromarray(tf.io.decode_png(plain, channels=channels).numpy())
            seen = Image.new("RGBA", pixels.size, "white")
            seen.alpha_composite(pixels.convert("RGBA"))
            stored = Image.open(io.BytesIO(picture.data))
            assert difference(stored, seen.convert("RGB")) <= MOST_DIFFERENCE, number
    assert 0.3 < accepted / rounds < 0.9


@given(st.binary(max_size=64), st.sampled_from([b"", *(data[:40] for data in WHOLE.values())]))
def test_random_bytes_after_any_header_are_rejected(junk: bytes, head: bytes) -> None:
    with pytest.raises(RejectedFile):
        examine(head + junk, LIMITS)
