"""The transform graph, as TFT runs it, in training and in serving."""

import io
import itertools

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from PIL import Image
from tensorflow_transform.tf_metadata import dataset_metadata, schema_utils

from components.ingest.pictures.images import ImageLimits, examine
from trainer import features
from trainer.input_fn import input_fn
from trainer.preprocessing import normalized_images, preprocessing_fn

LABELS = [(5, 0, 4), (30, 1, 0), (116, 1, 2)]


def _encode(pixels: np.ndarray, image_format: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, image_format, quality=95)
    return file.getvalue()


@pytest.fixture(scope="module")
def images() -> list[bytes]:
    """Three pictures of other sizes and formats: colour JPEG, grey JPEG, PNG."""
    random = np.random.default_rng(0)
    colour = random.integers(0, 256, (200, 200, 3), dtype=np.uint8)
    grey = np.full((50, 80), 200, dtype=np.uint8)
    small = random.integers(0, 100, (96, 96, 3), dtype=np.uint8)
    return [_encode(colour, "JPEG"), _encode(grey, "JPEG"), _encode(small, "PNG")]


@pytest.fixture(scope="module")
def transformed(images, tmp_path_factory) -> tuple[str, list[dict]]:
    """The folder of the transform output, and the transformed rows."""
    return _transform(images, tmp_path_factory)


def _transform(images, tmp_path_factory) -> tuple[str, list[dict]]:
    spec = {features.IMAGE_KEY: tf.io.FixedLenFeature([], tf.string)}
    spec |= {key: tf.io.FixedLenFeature([], tf.int64) for key in features.LABEL_KEYS}
    metadata = dataset_metadata.DatasetMetadata(schema_utils.schema_from_feature_spec(spec))
    rows = [
        {features.IMAGE_KEY: image, **dict(zip(features.LABEL_KEYS, labels, strict=True))}
        for image, labels in zip(images, itertools.cycle(LABELS), strict=False)
    ]
    folder = str(tmp_path_factory.mktemp("transform"))
    with tft_beam.Context(temp_dir=str(tmp_path_factory.mktemp("tft"))):
        (data, transformed_metadata), transform_fn = (
            rows,
            metadata,
        ) | tft_beam.AnalyzeAndTransformDataset(preprocessing_fn)
        _ = transform_fn | tft_beam.WriteTransformFn(folder)
        _ = transformed_metadata
    return folder, data


def _batch(rows: list[dict]) -> dict[str, tf.Tensor]:
    return {key: tf.constant(np.stack([row[key] for row in rows])) for key in rows[0]}


def test_each_channel_of_the_train_split_is_normalised(transformed):
    images = normalized_images(_batch(transformed[1]), 96).numpy()
    assert images.shape == (3, *features.IMAGE_SHAPE)
    assert images.dtype == np.float32
    np.testing.assert_allclose(images.mean(axis=(0, 1, 2)), 0, atol=1e-3)
    np.testing.assert_allclose(images.std(axis=(0, 1, 2)), 1, atol=1e-3)


def test_a_channel_that_hardly_varies_keeps_its_scale(tmp_path_factory):
    # Of 20 pictures of one colour each: red is always 2, green is 4 in 6 of them, and blue is 5 in
    # 3, so that the variances are 0, 0.84 and 1.1475. The least deviation is one grey level.
    colours = [(2, 4 if one < 6 else 2, 5 if one < 3 else 2) for one in range(20)]
    pictures = [_encode(np.full((16, 16, 3), colour, np.uint8), "PNG") for colour in colours]
    _, rows = _transform(pictures, tmp_path_factory)
    scale = rows[0][features.CHANNEL_SCALE_KEY]
    np.testing.assert_allclose(scale, [1.0, 1.0, 1.1475**-0.5], rtol=1e-3)
    np.testing.assert_allclose(rows[0][features.CHANNEL_MEAN_KEY], [2, 2.6, 2.45], rtol=1e-5)


def test_pixels_are_those_of_the_picture(transformed, images):
    stored = tf.io.parse_tensor(transformed[1][2][features.PIXELS_KEY], tf.uint8).numpy()
    with Image.open(io.BytesIO(images[2])) as image:
        np.testing.assert_array_equal(stored, np.asarray(image))


def test_labels_pass_unchanged(transformed):
    rows = [tuple(row[key] for key in features.LABEL_KEYS) for row in transformed[1]]
    assert rows == LABELS


def test_serving_needs_the_image_alone_and_gives_the_same(transformed, images):
    layer = tft.TFTransformOutput(transformed[0]).transform_features_layer()
    served = normalized_images(layer({features.IMAGE_KEY: tf.constant(images)}), 96)
    trained = normalized_images(_batch(transformed[1]), 96)
    np.testing.assert_array_equal(served.numpy(), trained.numpy())


def test_a_served_file_is_prepared_as_the_ingest_prepares_it(transformed):
    lying = Image.Exif()
    lying[0x0112] = 6
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 4), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", exif=lying)
    raw = file.getvalue()
    stored = examine(raw, ImageLimits()).data
    assert stored != raw
    layer = tft.TFTransformOutput(transformed[0]).transform_features_layer()
    served = normalized_images(layer({features.IMAGE_KEY: tf.constant([raw, stored])}), 96).numpy()
    # A grey level is a fiftieth of a deviation.
    np.testing.assert_allclose(served[0], served[1], atol=0.05)


def test_input_fn_keeps_labels_beside_their_pictures(transformed, tmp_path):
    folder, rows = transformed
    coder = tft.coders.ExampleProtoCoder(tft.TFTransformOutput(folder).transformed_metadata.schema)
    path = tmp_path / "part-0.gz"
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for row in rows:
            writer.write(coder.encode(row))
    dataset = input_fn(
        [str(tmp_path / "*.gz")], tft.TFTransformOutput(folder), batch_size=2, shuffle_seed=1
    )
    batches = list(dataset.as_numpy_iterator())
    assert [images.shape for images, _ in batches] == [(2, 96, 96, 3), (1, 96, 96, 3)]
    expected = normalized_images(_batch(rows), 96).numpy()
    seen = set()
    for images, labels in batches:
        assert labels["age_output"].dtype == np.float32
        for index, image in enumerate(images):
            row = tuple(int(labels[name][index, 0]) for name in features.OUTPUT_LABELS)
            seen.add(row)
            np.testing.assert_array_equal(image, expected[LABELS.index(row)])
    assert seen == set(LABELS)
