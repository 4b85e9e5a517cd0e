"""The private parts of Keras are there, and do what is said of them."""

import keras
import numpy as np
import pytest

from trainer.compat import keras_internals


@pytest.fixture
def model() -> keras.Model:
    inputs = keras.Input((2,))
    model = keras.Model(inputs, {"out": keras.layers.Dense(1)(inputs)})
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, use_ema=True),
        loss={"out": "mse"},
        metrics={"out": ["mae"]},
    )
    return model


BATCH = (np.ones((4, 2), np.float32), {"out": np.ones((4, 1), np.float32)})


def test_losses_and_metrics_are_built_from_a_batch(model: keras.Model) -> None:
    before = len(model.metrics_variables)
    keras_internals.build_losses_and_metrics(model, BATCH)
    assert len(model.metrics_variables) > before


@pytest.fixture
def restored_reduction(monkeypatch) -> None:
    """Undoes what prepare_for_workers changes in Keras."""
    trainer = keras_internals.keras_trainer
    monkeypatch.setattr(trainer, "reduce_per_replica", trainer.reduce_per_replica)


@pytest.mark.usefixtures("restored_reduction")
def test_fit_does_not_build_them_again(model, monkeypatch) -> None:
    keras_internals.prepare_for_workers(model, BATCH)
    monkeypatch.setattr(model, "_symbolic_build", lambda **_: pytest.fail("built again"))
    model.fit(*BATCH, verbose=0)


def test_the_averages_of_the_weights_are_found(model: keras.Model) -> None:
    model.fit(*BATCH, verbose=0)
    averages = keras_internals.moving_averages(model.optimizer)
    assert [tuple(found.shape) for found in averages] == [(2, 1), (1,)]
    assert keras_internals.moving_averages(keras.optimizers.SGD()) == []


@pytest.mark.usefixtures("restored_reduction")
def test_a_worker_reports_its_own_steps(model) -> None:
    trainer = keras_internals.keras_trainer
    keras_internals.prepare_for_workers(model, BATCH)

    class Strategy:
        @staticmethod
        def experimental_local_results(value):
            return (value, "of another")

    assert trainer.reduce_per_replica({"loss": 1.5}, Strategy(), "auto") == {"loss": 1.5}
