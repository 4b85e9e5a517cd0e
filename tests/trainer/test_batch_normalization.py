import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.models.batch_normalization import FusedBatchNormalization
from trainer.runtime.precision import dtype_policy_scope

_SHAPE = (6, 5, 4, 3)
_MOMENTUM = 0.8


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(2.0, 3.0, size=_SHAPE).astype("float32")


def _pair() -> tuple[keras.layers.Layer, keras.layers.Layer]:
    """The layer and Keras's own, with the same weights, none of them 0 or 1."""
    pair = (
        FusedBatchNormalization(momentum=_MOMENTUM),
        keras.layers.BatchNormalization(momentum=_MOMENTUM),
    )
    generator = np.random.default_rng(1)
    weights = [generator.uniform(0.5, 2.0, size=_SHAPE[-1]) for _ in range(4)]
    for layer in pair:
        layer.build(_SHAPE)
        layer.set_weights(weights)
    return pair


def _train(layer: keras.layers.Layer, images: np.ndarray) -> list[np.ndarray]:
    """The result, and the gradients of the inputs, the scale and the offset."""
    inputs = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=True)
        loss = tf.reduce_sum(tf.sin(outputs))
    weights = [layer.gamma.value, layer.beta.value]
    return [array.numpy() for array in (outputs, *tape.gradient(loss, [inputs, *weights]))]


def test_trains_as_kerass_own_layer_does(images):
    ours, theirs = (_train(layer, images) for layer in _pair())
    for own, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-5)


def test_moving_variance_is_that_of_a_sample(images):
    layer, _ = _pair()
    mean, variance = np.array(layer.moving_mean), np.array(layer.moving_variance)
    _train(layer, images)
    axes = (0, 1, 2)
    expected = _MOMENTUM * mean + (1 - _MOMENTUM) * images.mean(axes)
    np.testing.assert_allclose(layer.moving_mean, expected, rtol=1e-5)
    expected = _MOMENTUM * variance + (1 - _MOMENTUM) * images.var(axes, ddof=1)
    np.testing.assert_allclose(layer.moving_variance, expected, rtol=1e-5)


@pytest.mark.parametrize("trainable", [True, False])
def test_measures_exactly_as_kerass_own_layer_does(images, trainable):
    layer, other = _pair()
    layer.trainable = other.trainable = trainable
    # One that must not be trained keeps its averages even where others are.
    ours, theirs = (np.array(one(images, training=not trainable)) for one in (layer, other))
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(layer.moving_mean, other.moving_mean)


def test_half_precision_is_of_the_result_alone(images):
    with dtype_policy_scope("mixed_bfloat16"):
        layer = FusedBatchNormalization()
    outputs = layer(images, training=True)
    assert outputs.dtype == "bfloat16"
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    plain = np.array(keras.layers.BatchNormalization()(images, training=True))
    np.testing.assert_allclose(np.array(outputs, "float32"), plain, atol=0.05)


def test_is_saved_with_the_model(images, tmp_path):
    inputs = keras.Input(_SHAPE[1:])
    model = keras.Model(inputs, FusedBatchNormalization(momentum=_MOMENTUM)(inputs))
    model.layers[-1].set_weights(_pair()[0].get_weights())
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].momentum == _MOMENTUM
    np.testing.assert_array_equal(loaded(images), model(images))


@pytest.mark.parametrize(
    ("shape", "axis", "received"),
    [((2, 3), -1, r"\[2, 3\], over axis -1"), ((2, 4, 4, 3), 1, r"\[2, 4, 4, 3\], over axis 1")],
)
def test_other_inputs_are_refused(shape, axis, received):
    with pytest.raises(ValueError, match=received):
        FusedBatchNormalization(axis=axis)(np.zeros(shape, "float32"))
