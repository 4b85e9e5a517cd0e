import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.hyperparameters import Hyperparameters
from trainer.run_fn import fit, keep_best_weights


@pytest.mark.parametrize(("steps_per_epoch", "steps"), [(0, 3 * 4), (2, 3 * 2), (5, 3 * 5)])
def test_an_epoch_is_the_whole_split_or_as_many_steps_as_were_asked_for(steps_per_epoch, steps):
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile(optimizer="sgd", loss="mse")
    batches = tf.data.Dataset.from_tensor_slices((np.ones((8, 1)), np.ones((8, 1)))).batch(2)
    fit(model, batches, batches, Hyperparameters(epochs=3, steps_per_epoch=steps_per_epoch))
    assert int(model.optimizer.iterations) == steps


def test_the_weights_of_the_best_epoch_are_kept():
    inputs = keras.Input((1,))
    outputs = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(inputs)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=keras.optimizers.SGD(0.25), loss="mse")
    one = np.ones((1, 1), "float32")
    # Training pulls the weight from 1 towards -1, past the 0.1 that the eval split wants.
    history = model.fit(
        one,
        -one,
        validation_data=(one, 0.1 * one),
        epochs=5,
        verbose=0,
        callbacks=[keep_best_weights(5)],
    ).history
    assert len(history["val_loss"]) == 5
    best = int(np.argmin(history["val_loss"]))
    assert best < 4
    (weights,) = model.get_weights()
    np.testing.assert_allclose((weights - 0.1) ** 2, history["val_loss"][best], rtol=1e-5)
