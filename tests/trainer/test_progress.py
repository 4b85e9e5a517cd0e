import logging

import keras
import numpy as np

from trainer.progress import LOGGER, ProgressCallback


def test_each_step_and_each_epoch_is_logged(caplog):
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile(optimizer="sgd", loss="mse")
    with caplog.at_level(logging.DEBUG, LOGGER.name):
        data = np.zeros((6, 1), "float32")
        model.fit(data, data, batch_size=2, epochs=2, verbose=0, callbacks=[ProgressCallback()])
    told = [record.training for record in caplog.records if record.name == LOGGER.name]
    assert [(one["epoch"], one["step"]) for one in told] == [
        *[(1, 1), (1, 2), (1, 3), (1, 3)],
        *[(2, 1), (2, 2), (2, 3), (2, 3)],
    ]
    assert {(one["epochs"], one["steps"]) for one in told} == {(2, 3)}
    assert told[3]["logs"]["loss"] == 0
