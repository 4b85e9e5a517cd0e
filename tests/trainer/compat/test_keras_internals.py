"""The private parts of Keras that we use exist and work as documented."""

import keras
import numpy as np
import pytest
import tensorflow as tf

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
    """Restores the function of Keras that prepare_for_replicas replaces."""
    trainer = keras_internals.keras_trainer
    monkeypatch.setattr(trainer, "reduce_per_replica", trainer.reduce_per_replica)


def test_fit_does_not_rebuild_losses_and_metrics(model, monkeypatch) -> None:
    keras_internals.build_losses_and_metrics(model, BATCH)
    keras_internals.prepare_for_replicas(model)
    monkeypatch.setattr(model, "_symbolic_build", lambda **_: pytest.fail("built again"))
    model.fit(*BATCH, verbose=0)


def test_moving_averages_returns_the_averaged_weights(model: keras.Model) -> None:
    model.fit(*BATCH, verbose=0)
    averages = keras_internals.moving_averages(model.optimizer)
    assert [tuple(found.shape) for found in averages] == [(2, 1), (1,)]
    assert keras_internals.moving_averages(keras.optimizers.SGD()) == []


@pytest.mark.usefixtures("restored_reduction")
def test_a_worker_reports_the_loss_of_all_and_its_own_metrics(model, monkeypatch) -> None:
    class Strategy:
        @staticmethod
        def experimental_local_results(value):
            return (value, "of another")

        @staticmethod
        def reduce(operation, value, axis):
            assert (operation, axis) == ("MEAN", None)
            return value + 1

    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", Strategy)
    monkeypatch.setattr(type(model), "distribute_strategy", Strategy())
    keras_internals.prepare_for_replicas(model)
    trainer = keras_internals.keras_trainer
    logs = trainer.reduce_per_replica({"loss": 1.5, "mae": 2.5}, Strategy(), "auto")
    assert logs == {"loss": 2.5, "mae": 2.5}
    assert trainer.reduce_per_replica(3.5, Strategy(), "auto") == 3.5
