"""Augmentation with known parameters, and the ranges of its random parameters."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from trainer import features
from trainer.augment import augmentation
from trainer.augment.augmentation import affine_matrices, cut_out, draw, jitter, warp
from trainer.settings.augmentation import AugmentationSettings

SIZE = features.IMAGE_SIZE
STILL = {
    "rotation_degrees": 0,
    "width_shift": 0,
    "height_shift": 0,
    "shear_degrees": 0,
    "zoom": 0,
    "flip_probability": 0,
}
SEED = tf.constant([3, 4], tf.int64)
RED = tf.constant([[200.0, 10.0, 20.0]])


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """Three images of noise."""
    return np.random.default_rng(0).integers(0, 256, (3, *features.IMAGE_SHAPE), dtype=np.uint8)


def augment(pixels, fill, settings, seed):
    return augmentation.augment(pixels, fill, draw(len(pixels), seed), settings)


def _matrices(**changes: float) -> tf.Tensor:
    arguments = {name: 0.0 for name in ("rotation", "down", "right", "shear")}
    arguments |= {"zoom_height": 1.0, "zoom_width": 1.0, "flip": False, **changes}
    return affine_matrices(**{name: tf.constant([value]) for name, value in arguments.items()})


def _keras_2(image, *, theta=0.0, tx=0.0, ty=0.0, shear=0.0, zx=1.0, zy=1.0, flip=False):
    """Reimplements apply_affine_transform and flip_axis of Keras 2, with angles in degrees."""
    theta, shear = np.deg2rad(theta), np.deg2rad(shear)
    rotation = [[np.cos(theta), -np.sin(theta), 0], [np.sin(theta), np.cos(theta), 0], [0, 0, 1]]
    matrix = np.array(rotation) @ [[1, 0, tx], [0, 1, ty], [0, 0, 1]]
    matrix = matrix @ [[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]]
    matrix = matrix @ np.diag([zx, zy, 1])
    centre = (SIZE - 1) / 2
    matrix = [[1, 0, centre], [0, 1, centre], [0, 0, 1]] @ matrix
    matrix = matrix @ [[1, 0, -centre], [0, 1, -centre], [0, 0, 1]]
    # The matrix applies to (x, y, 1), but the axes of an array are y and x.
    matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    channels = [
        ndimage.affine_transform(
            image[..., channel].astype(np.float64),
            matrix[:2, :2],
            matrix[:2, 2],
            order=1,
            mode="nearest",
        )
        for channel in range(features.CHANNELS)
    ]
    result = np.stack(channels, axis=-1)
    return result[:, ::-1] if flip else result


PARAMETERS = [
    {"theta": 25.0},
    {"theta": -90.0},
    {"tx": 9.6},
    {"ty": -4.25},
    {"shear": 0.2},
    {"shear": 30.0},
    {"zx": 0.8},
    {"zy": 1.2},
    {"theta": -13.0, "flip": True},
    {"theta": 20.0, "tx": -9.0, "ty": 7.5, "shear": 10.0, "zx": 1.15, "zy": 0.85, "flip": True},
]


@pytest.mark.parametrize("parameters", PARAMETERS)
def test_the_warp_agrees_with_the_formula_of_keras_2(pixels, parameters) -> None:
    names = {"tx": "right", "ty": "down", "zx": "zoom_width", "zy": "zoom_height"}
    changes = {names.get(name, name): value for name, value in parameters.items()}
    for angle in ("theta", "shear"):
        if angle in changes:
            changes["rotation" if angle == "theta" else angle] = math.radians(changes.pop(angle))
    moved = warp(pixels[:1], _matrices(**changes)).numpy()
    assert moved.dtype == np.float32
    # In noise, a shift of 0.001 pixels changes a value by a quarter of a gray level.
    np.testing.assert_allclose(moved[0], _keras_2(pixels[0], **parameters), atol=0.02)


@pytest.mark.skipif(
    not hasattr(ndimage, "interpolation"), reason="Keras 2 calls what later SciPy lacks"
)
def test_the_formula_agrees_with_keras_2(pixels, monkeypatch) -> None:
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    image = pytest.importorskip("tf_keras.preprocessing.image")
    parameters = {"theta": 20, "tx": -9, "ty": 7.5, "shear": 10, "zx": 1.15, "zy": 0.85}
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    picture = pixels[0].astype(np.float64)
    expected = image.apply_affine_transform(picture, **parameters, **axes)
    formula = _keras_2(picture, **parameters)
    np.testing.assert_allclose(formula, expected, atol=1e-9)


def test_the_warp_agrees_with_the_projective_transform_of_tensorflow(pixels) -> None:
    matrix = _matrices(rotation=0.4, down=7.0, zoom_width=1.2).numpy()[0].astype(np.float64)
    matrix[:, 2] += (SIZE - 1) / 2 * (1 - matrix[:, :2].sum(axis=1))
    rows, columns = matrix
    # TensorFlow puts columns before rows.
    transform = [columns[1], columns[0], columns[2], rows[1], rows[0], rows[2], 0, 0]
    expected = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(pixels[:1], tf.float32),
        transforms=[transform],
        output_shape=[SIZE, SIZE],
        interpolation="BILINEAR",
        fill_mode="NEAREST",
        fill_value=0.0,
    )
    moved = warp(pixels[:1], _matrices(rotation=0.4, down=7.0, zoom_width=1.2))
    np.testing.assert_allclose(moved, expected, atol=0.02)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_identity_parameters_leave_every_bit_unchanged(pixels, kind) -> None:
    still = tf.tile(_matrices(), [3, 1, 1])
    np.testing.assert_array_equal(warp(pixels.astype(kind), still).numpy(), pixels)
    one = tf.ones(3)
    images = tf.cast(pixels, tf.float32)
    same = jitter(images, brightness=one, contrast=one, saturation=one)
    np.testing.assert_array_equal(same.numpy(), pixels)
    settings = AugmentationSettings(method="tutorial", **STILL)
    np.testing.assert_array_equal(augment(pixels, RED, settings, SEED).numpy(), pixels)


def test_a_flip_mirrors_the_image_exactly(pixels) -> None:
    flipped = warp(pixels[:1], _matrices(flip=True)).numpy()
    np.testing.assert_array_equal(flipped[0], pixels[0, :, ::-1])


def test_pixels_from_outside_the_image_repeat_the_nearest_pixel(pixels) -> None:
    moved = warp(pixels[:1], _matrices(down=10.0, right=-20.0)).numpy()[0]
    np.testing.assert_array_equal(moved[:-10, 20:], pixels[0, 10:, :-20])
    np.testing.assert_array_equal(moved[-10:, 20:], np.tile(pixels[0, -1:, :-20], (10, 1, 1)))
    np.testing.assert_array_equal(moved[:-10, :20], np.tile(pixels[0, 10:, :1], (1, 20, 1)))
    np.testing.assert_array_equal(moved[-10:, :20], np.broadcast_to(pixels[0, -1, 0], (10, 20, 3)))


def test_each_image_of_a_batch_uses_its_own_matrix(pixels) -> None:
    matrices = tf.concat([_matrices(), _matrices(flip=True), _matrices(rotation=0.3)], axis=0)
    moved = warp(pixels, matrices).numpy()
    for index in range(3):
        alone = warp(pixels[index : index + 1], matrices[index : index + 1]).numpy()[0]
        np.testing.assert_allclose(moved[index], alone, atol=0.02)


def test_augmentation_depends_on_the_seed_and_the_index(pixels) -> None:
    settings = AugmentationSettings(
        method="tutorial", brightness=0.2, contrast=0.2, saturation=0.2, cutout=0.3
    )
    one, again = (augment(pixels, RED, settings, SEED).numpy() for _ in range(2))
    np.testing.assert_array_equal(one, again)
    other = augment(pixels, RED, settings, tf.constant([3, 5], tf.int64)).numpy()
    assert (one != other).any(axis=(1, 2, 3)).all()
    alike = augment(np.stack([pixels[0]] * 2), RED, settings, SEED).numpy()
    assert (alike[0] != alike[1]).any()


def _centroids(settings: AugmentationSettings, number: int = 400) -> np.ndarray:
    """Returns the centroids of an augmented white square on black, relative to the center."""
    square = np.zeros((number, *features.IMAGE_SHAPE), np.uint8)
    square[:, 40:56, 40:56] = 255
    weights = augment(square, RED, settings, SEED).numpy()[..., 0]
    places = np.arange(SIZE) - (SIZE - 1) / 2
    total = weights.sum(axis=(1, 2))
    rows = (weights.sum(axis=2) * places).sum(axis=1) / total
    columns = (weights.sum(axis=1) * places).sum(axis=1) / total
    return np.stack([rows, columns], axis=1)


def test_shifts_are_fractions_of_the_image_side(pixels) -> None:
    still = {**STILL, "method": "tutorial"}
    down = _centroids(AugmentationSettings(**{**still, "height_shift": 0.1}))
    assert np.abs(down[:, 1]).max() < 1e-3
    assert -9.6 <= down[:, 0].min() < -9 and 9 < down[:, 0].max() <= 9.6
    right = _centroids(AugmentationSettings(**{**still, "width_shift": 0.2}))
    assert np.abs(right[:, 0]).max() < 1e-3
    assert -19.2 <= right[:, 1].min() < -18 and 18 < right[:, 1].max() <= 19.2


def test_width_and_height_are_zoomed_independently(pixels) -> None:
    square = np.zeros((400, *features.IMAGE_SHAPE), np.uint8)
    square[:, 32:64, 32:64] = 255
    settings = AugmentationSettings(**{**STILL, "method": "tutorial", "zoom": 0.2})
    images = augment(square, RED, settings, SEED).numpy()[..., 0] / 255
    heights, widths = images[:, :, 48].sum(axis=1), images[:, 48].sum(axis=1)
    for sides in (heights, widths):
        assert 32 / 1.2 - 0.5 <= sides.min() < 28 and 38 < sides.max() <= 32 / 0.8 + 0.5
    assert abs(np.corrcoef(heights, widths)[0, 1]) < 0.2


def test_images_are_flipped_with_the_set_probability() -> None:
    half = np.zeros((1000, *features.IMAGE_SHAPE), np.uint8)
    half[:, :, : SIZE // 2] = 255
    settings = AugmentationSettings(**{**STILL, "method": "tutorial", "flip_probability": 0.3})
    flipped = augment(half, RED, settings, SEED).numpy()[:, 0, -1, 0] == 255
    # The tolerance is five standard errors.
    assert flipped.mean() == pytest.approx(0.3, abs=5 * math.sqrt(0.3 * 0.7 / 1000))


def test_brightness_contrast_and_saturation_scale_the_pixels() -> None:
    image = np.zeros((1, *features.IMAGE_SHAPE), np.float32)
    image[:, :48], image[:, 48:] = (40, 80, 120), (100, 60, 20)
    grey = image @ np.array([0.299, 0.587, 0.114], np.float32)

    def change(**factors: float) -> np.ndarray:
        every = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, **factors}
        return jitter(image, **{name: tf.constant([x]) for name, x in every.items()}).numpy()

    np.testing.assert_allclose(change(brightness=1.5), image * 1.5, rtol=1e-5)
    mean = grey.mean()
    np.testing.assert_allclose(change(contrast=0.5), mean + (image - mean) * 0.5, rtol=1e-4)
    np.testing.assert_allclose(change(contrast=0.0), np.full_like(image, mean), rtol=1e-4)
    np.testing.assert_allclose(
        change(saturation=0.0), np.repeat(grey[..., None], 3, axis=-1), rtol=1e-4
    )
    assert change(brightness=4.0).max() == 255


def test_random_jitter_stays_within_its_bounds() -> None:
    grey = np.full((500, *features.IMAGE_SHAPE), 100, np.uint8)
    settings = AugmentationSettings(**{**STILL, "method": "tutorial", "brightness": 0.2})
    values = augment(grey, RED, settings, SEED).numpy()[:, 0, 0, 0]
    assert 80 <= values.min() < 82 and 118 < values.max() <= 120
    coloured = np.random.default_rng(0).integers(0, 256, (50, *features.IMAGE_SHAPE), np.uint8)
    most = AugmentationSettings(method="tutorial", brightness=1, contrast=1, saturation=1)
    images = augment(coloured, RED, most, SEED).numpy()
    assert images.min() >= 0 and images.max() <= 255


def test_a_cutout_changes_only_one_square_to_the_fill(pixels) -> None:
    images = tf.cast(pixels, tf.float32)
    centres = tf.constant([[48.0, 48.0], [0.0, 96.0], [90.0, 10.0]])
    cut = cut_out(images, RED, centres, tf.constant([24.0, 24.0, 20.0])).numpy()
    expected = pixels.astype(np.float32)
    expected[0, 36:60, 36:60] = RED
    expected[1, :12, 84:] = RED
    expected[2, 80:, :20] = RED
    np.testing.assert_array_equal(cut, expected)


def test_random_cutouts_lie_anywhere_within_the_maximum_size() -> None:
    black = np.zeros((900, *features.IMAGE_SHAPE), np.uint8)
    settings = AugmentationSettings(**{**STILL, "method": "tutorial", "cutout": 0.25})
    cut = augment(black, RED, settings, SEED).numpy()[..., 0] == 200
    areas = cut.sum(axis=(1, 2))
    assert areas.min() <= 4 and 23 * 23 <= areas.max() <= 25 * 25
    assert cut.any(axis=0).all()
