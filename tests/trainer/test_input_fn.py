"""The input pipeline, from decoded pixels to batches."""

import errno
import gc
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from trainer import features
from trainer.data import spool
from trainer.data.balance import Balance
from trainer.data.rebalancing import count_groups
from trainer.data.spool import Spool
from trainer.input_fn import input_fn, read_passes
from trainer.preprocessing import decode_pixels, normalize, normalized_images
from trainer.runtime.replicas import Replicas
from trainer.settings.augmentation import AugmentationSettings

NUMBER = 150
TUTORIAL = AugmentationSettings(method="tutorial")


def _labels(number: int) -> tuple[int, int, int]:
    return number % 117, number % 2, number % 5


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Images of noise."""
    random = np.random.default_rng(0)
    return random.integers(0, 256, (NUMBER, *features.IMAGE_SHAPE), dtype=np.uint8)


@pytest.fixture(scope="module")
def pattern(pictures, tmp_path_factory) -> str:
    """The glob of two files with the images, in the order of their numbers."""
    folder = tmp_path_factory.mktemp("records")
    for part, numbers in enumerate(np.array_split(np.arange(NUMBER), 2)):
        with tf.io.TFRecordWriter(str(folder / f"part-{part}.gz"), "GZIP") as writer:
            for number in numbers.tolist():
                content = tf.io.serialize_tensor(pictures[number]).numpy()
                mean, scale = [number, 10.0, 20.0], [0.5, 0.25, 0.125]
                feature = {
                    features.PIXELS_KEY: {"bytes_list": tf.train.BytesList(value=[content])},
                    features.CHANNEL_MEAN_KEY: {"float_list": tf.train.FloatList(value=mean)},
                    features.CHANNEL_SCALE_KEY: {"float_list": tf.train.FloatList(value=scale)},
                }
                for key, value in zip(features.LABEL_KEYS, _labels(number), strict=True):
                    feature[key] = {"int64_list": tf.train.Int64List(value=[value])}
                named = {key: tf.train.Feature(**value) for key, value in feature.items()}
                example = tf.train.Example(features=tf.train.Features(feature=named))
                writer.write(example.SerializeToString())
    return str(folder / "*.gz")


@pytest.fixture
def read(pattern, transform_output):
    def make(**arguments: object) -> tf.data.Dataset:
        return input_fn([pattern], transform_output, batch_size=16, **arguments)

    return make


def _pass(dataset: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Returns the images and the ages of a pass."""
    batches = list(dataset.as_numpy_iterator())
    images = np.concatenate([batch[0] for batch in batches])
    return images, np.concatenate([batch[1]["age_output"][:, 0] for batch in batches])


def _find(images: np.ndarray, pictures: np.ndarray) -> list[int]:
    """Returns the numbers of normalized images, identified by a row of blue values."""
    rows = {picture[1, :, 2].tobytes(): number for number, picture in enumerate(pictures)}
    blue = np.round(images[:, 1, :, 2] / 0.125 + 20).astype(np.uint8)
    return [rows[row.tobytes()] for row in blue]


def test_pixels_are_decoded_as_parse_tensor_does(pictures) -> None:
    serialized = [tf.io.serialize_tensor(picture) for picture in pictures[:5]]
    expected = [tf.io.parse_tensor(one, tf.uint8).numpy() for one in serialized]
    decoded = decode_pixels(tf.stack(serialized), 96)
    assert decoded.dtype == tf.uint8 and decoded.shape == (5, *features.IMAGE_SHAPE)
    np.testing.assert_array_equal(decoded, expected)


def test_an_empty_batch_is_decoded_to_an_empty_batch() -> None:
    assert decode_pixels(tf.constant([], tf.string), 96).shape == (0, *features.IMAGE_SHAPE)


@pytest.mark.parametrize(
    "other",
    [
        np.zeros((95, 96, 3), np.uint8),
        np.zeros((192, 96, 3), np.uint8),
        np.zeros(features.IMAGE_SHAPE, np.float32),
    ],
)
def test_pixels_of_another_size_or_dtype_are_refused(other: np.ndarray) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_pixels(tf.stack([tf.io.serialize_tensor(other)] * 2), 96)


def test_training_and_serving_normalize_identically(pictures) -> None:
    mean, scale = tf.random.uniform([4, 3], 100, 150), tf.random.uniform([4, 3], 0.01, 0.02)
    transformed = {
        features.PIXELS_KEY: tf.stack([tf.io.serialize_tensor(one) for one in pictures[:4]]),
        features.CHANNEL_MEAN_KEY: mean,
        features.CHANNEL_SCALE_KEY: scale,
    }
    served = normalized_images(transformed, 96).numpy()
    np.testing.assert_array_equal(served, normalize(pictures[:4], mean, scale).numpy())
    np.testing.assert_array_equal(
        served, (pictures[:4] - mean[:, None, None]) * scale[:, None, None]
    )


@pytest.mark.parametrize("seed", [None, 5])
def test_every_example_comes_once_per_pass_with_its_labels(read, pictures, seed) -> None:
    dataset = read(shuffle_seed=seed)
    orders = []
    for _ in range(3):
        images, ages = _pass(dataset)
        order = _find(images, pictures)
        np.testing.assert_array_equal(ages, [_labels(number)[0] for number in order])
        mean = np.array([[number, 10, 20] for number in order], np.float32)[:, None, None]
        np.testing.assert_array_equal(images, (pictures[order] - mean) * [0.5, 0.25, 0.125])
        orders.append(order)
    assert all(sorted(order) == list(range(NUMBER)) for order in orders)
    if seed is None:
        assert orders == [list(range(NUMBER))] * 3
    else:
        assert orders[0] != orders[1] != orders[2] != orders[0]


def test_the_whole_pass_is_shuffled(read, pictures) -> None:
    order = np.array(_find(_pass(read(shuffle_seed=5))[0], pictures))
    # The input is sorted, so a small shuffle buffer would leave the two orders correlated.
    assert abs(np.corrcoef(order, np.arange(NUMBER))[0, 1]) < 5 / np.sqrt(NUMBER)


def test_the_last_batch_has_the_remaining_examples(read) -> None:
    sizes = [len(images) for images, _ in read(shuffle_seed=1).as_numpy_iterator()]
    assert sizes == [16] * 9 + [6]


def test_no_records_give_no_batches(tmp_path, transform_output) -> None:
    tf.io.TFRecordWriter(str(tmp_path / "part.gz"), "GZIP").close()
    dataset = input_fn(
        [str(tmp_path / "*")],
        transform_output,
        batch_size=2,
        shuffle_seed=1,
        augmentation=TUTORIAL,
    )
    assert list(dataset.as_numpy_iterator()) == []


def test_the_augmentation_of_each_pass_depends_on_the_seed(read) -> None:
    def passes(seed: int) -> list[np.ndarray]:
        dataset = read(shuffle_seed=seed, augmentation=TUTORIAL)
        return [_pass(dataset)[0] for _ in range(2)]

    one, again, other = passes(5), passes(5), passes(6)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one[0], other[0])


def test_each_pass_augments_an_image_differently_and_keeps_its_labels(read) -> None:
    plain, ages = _pass(read())
    dataset = read(augmentation=TUTORIAL)
    (first, first_ages), (second, _) = _pass(dataset), _pass(dataset)
    np.testing.assert_array_equal(first_ages, ages)
    for one, other in ((first, plain), (second, plain), (first, second)):
        assert (one != other).any(axis=(1, 2, 3)).all()
    assert first.dtype == np.float32 and first.shape == plain.shape


def test_passes_repeated_within_a_dataset_are_augmented_differently(read) -> None:
    dataset = read(augmentation=TUTORIAL).repeat(2)
    images, _ = _pass(dataset)
    assert (images[:NUMBER] != images[NUMBER:]).any(axis=(1, 2, 3)).all()


def test_a_pass_inside_another_dataset_depends_only_on_its_seed(pattern, transform_output) -> None:
    make_pass = read_passes([pattern], transform_output, batch_size=16, augmentation=TUTORIAL)

    @tf.autograph.experimental.do_not_convert
    def order(seed: tf.Tensor) -> tf.data.Dataset:
        return make_pass(seed)

    def passes(*seeds: int) -> np.ndarray:
        images, _ = _pass(tf.data.Dataset.from_tensor_slices(np.array(seeds)).flat_map(order))
        return images.reshape(len(seeds), NUMBER, -1)

    one, two, three = passes(7, 8, 9)
    np.testing.assert_array_equal(passes(8, 7), [two, one])
    assert not np.array_equal(one, two) and not np.array_equal(two, three)


@pytest.mark.parametrize("augmentation", [None, AugmentationSettings(method="none", cutout=0.5)])
def test_without_augmentation_images_are_unchanged(read, pictures, augmentation) -> None:
    images, _ = _pass(read(augmentation=augmentation))
    assert _find(images, pictures) == list(range(NUMBER))


def test_cutouts_are_0_after_normalization(read) -> None:
    still = dict.fromkeys(("rotation_degrees", "width_shift", "height_shift", "zoom"), 0)
    still |= {"shear_degrees": 0, "flip_probability": 0}
    cut = AugmentationSettings(method="tutorial", cutout=0.25, **still)
    images, _ = _pass(read(augmentation=cut))
    plain, _ = _pass(read())
    changed = (images != plain).any(axis=-1)
    # A random square may be too small to contain a pixel.
    assert changed.any(axis=(1, 2)).mean() > 0.9 and changed.mean() < 0.25**2 * 1.1
    assert (images[changed] == 0).all()


@pytest.mark.parametrize("method", ["weights", "oversample"])
def test_rebalancing_works_with_augmentation(read, pattern, method) -> None:
    records = tf.data.TFRecordDataset(sorted(tf.io.gfile.glob(pattern)), "GZIP")
    balance = Balance(method, 10.0, count_groups(records))
    dataset = read(shuffle_seed=2, balance=balance, augmentation=TUTORIAL)
    batches = list(dataset.as_numpy_iterator())
    assert sum(len(batch[0]) for batch in batches) == NUMBER
    assert {len(batch) for batch in batches} == {3 if method == "weights" else 2}


def _open_and_deleted(folder: Path) -> int:
    links = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(link.startswith(str(folder)) and link.endswith("(deleted)") for link in links)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="tells by Linux's /proc")
def test_temporary_files_are_unnamed_and_freed_with_the_dataset(
    read, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    iterator = read(shuffle_seed=1, augmentation=TUTORIAL).as_numpy_iterator()
    next(iterator)
    gc.collect()
    assert _open_and_deleted(tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
    next(iterator)
    del iterator
    gc.collect()
    assert _open_and_deleted(tmp_path) == 0


def test_a_spool_returns_rows_in_the_requested_order() -> None:
    rows = np.array([(number, (number, -number)) for number in range(10)], "i8, (2,)f4")
    kept = Spool(rows.dtype)
    kept.append(rows[:7])
    kept.append(rows[7:])
    assert len(kept) == 10
    positions = np.array([9, 0, 3, 3])
    np.testing.assert_array_equal(kept.read(positions), rows[positions])
    assert len(kept.read(np.array([], np.int64))) == 0


def test_a_spool_refuses_a_row_out_of_range() -> None:
    kept = Spool(np.dtype("i8"))
    kept.append(np.arange(3))
    with pytest.raises(IndexError, match=r"Expected a row out of 3\. Received: position=3\."):
        kept.read(np.array([1, 3]))


def test_a_full_disk_error_names_tmpdir(monkeypatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    kept = Spool(np.dtype("i8"))
    monkeypatch.setattr(spool.os, "write", refuse)
    with pytest.raises(OSError, match=r"It was full after 0\. TMPDIR names another folder\."):
        kept.append(np.arange(3))


@pytest.mark.parametrize("mixing", ["none", "mixup"])
def test_replicas_together_read_the_batches_of_one(read, mixing) -> None:
    arguments = {"shuffle_seed": 3, "augmentation": TUTORIAL, "mixing": mixing}
    whole = list(read(**arguments).as_numpy_iterator())
    # The last batch, of six, is divided evenly too.
    parts = [
        list(read(**arguments, replicas=Replicas(2, number)).as_numpy_iterator())
        for number in range(2)
    ]
    assert len(parts[0]) == len(parts[1]) == len(whole) == 10
    for batch, one, two in zip(whole, *parts, strict=True):
        assert len(one[0]) == len(two[0]) == len(batch[0]) // 2
        # XLA compiles for each batch size, and rounds differently.
        np.testing.assert_allclose(np.concatenate([one[0], two[0]]), batch[0], atol=1e-4)
        for name, labels in batch[1].items():
            np.testing.assert_allclose(
                np.concatenate([one[1][name], two[1][name]]), labels, rtol=1e-6
            )
        assert (one[2] == 1).all() and (two[2] == 1).all()


def test_weights_of_parts_and_of_groups_are_multiplied(read, pattern) -> None:
    counts = count_groups(tf.data.TFRecordDataset(tf.io.gfile.glob(pattern), "GZIP"))
    balance = Balance("weights", 10.0, counts)
    whole = list(read(shuffle_seed=3, balance=balance).as_numpy_iterator())
    # Parts of five examples have a weight of 15/16, and parts of six of 18/16.
    part = list(read(shuffle_seed=3, balance=balance, replicas=Replicas(3, 2)).as_numpy_iterator())
    np.testing.assert_allclose(part[0][2], whole[0][2][10:] * 3 * 6 / 16, rtol=1e-6)


def test_replicas_measure_each_example_once(read) -> None:
    numbers = [
        batch[1]["age_output"][:, 0]
        for first in range(4)
        for batch in read(replicas=Replicas(4, first)).as_numpy_iterator()
    ]
    assert min(map(len, numbers)) > 2
    expected = [_labels(number)[0] for number in range(NUMBER)]
    assert sorted(np.concatenate(numbers).tolist()) == sorted(expected)
