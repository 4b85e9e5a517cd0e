"""The training state is a Keras file of half the size, with the weights as they are."""

from pathlib import Path

import keras
import numpy as np
import pytest

from trainer.state.model_state import averaged_weights, inner_optimizer, moments, read_state
from trainer.state.training_state import read_training_state, write_training_state


@pytest.fixture(params=[False, True], ids=["plain", "averaged"])
def model(request: pytest.FixtureRequest) -> keras.Model:
    """A trained model, with or without a moving average of its weights."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input([64])
    outputs = keras.layers.Dense(1)(keras.layers.Dense(512, "relu")(inputs))
    trained = keras.Model(inputs, outputs)
    trained.compile(keras.optimizers.Adam(use_ema=request.param), "mse")
    generator = np.random.default_rng(0)
    images, labels = generator.normal(size=[64, 64]), generator.normal(size=[64, 1])
    trained.fit(images, labels, batch_size=8, epochs=2, verbose=0)
    return trained


def test_only_the_moments_are_rounded(model: keras.Model, tmp_path: Path) -> None:
    before = read_state(model)
    exact = _arrays(model)
    write_training_state(model, str(tmp_path))
    loaded = read_training_state(str(tmp_path), "mine").model
    rounded = _arrays(loaded)
    assert len(exact) == len(rounded) == 2 * len(model.trainable_variables)
    for old, new in zip(exact, rounded, strict=True):
        np.testing.assert_allclose(new, old, rtol=2**-8)
        assert not (new.view(np.uint32) & 0xFFFF).any()
    changed = {name for name, value in read_state(loaded).items() if (value != before[name]).any()}
    assert len(changed) <= len(exact)
    assert all(name.startswith("optimizer/") for name in changed)


def test_the_file_takes_half_the_room_and_keras_reads_it(
    model: keras.Model, tmp_path: Path
) -> None:
    model.save(tmp_path / "plain.keras")
    write_training_state(model, f"{tmp_path}/new")
    small, plain = tmp_path / "new" / "model.keras", tmp_path / "plain.keras"
    share = small.stat().st_size / plain.stat().st_size
    assert share < (0.7 if averaged_weights(model) else 0.6)
    loaded = keras.saving.load_model(small, safe_mode=True)
    image = np.ones([1, 64])
    np.testing.assert_array_equal(loaded(image), model(image))


def _arrays(model: keras.Model) -> list[np.ndarray]:
    return [np.array(moment) for moment in moments(inner_optimizer(model)) if len(moment.shape)]
