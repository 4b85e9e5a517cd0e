"""Losses, their weights and the optimizer, as the tutorial sets them."""

import keras

from trainer import features
from trainer.hyperparameters import Hyperparameters


def compile_model(model: keras.Model, hyperparameters: Hyperparameters) -> None:
    """Compiles a three-branch model in place.

    The squared error of ages in years is far larger than the cross-entropies, so
    it is given a small weight. The loss is the weighted sum over the branches.
    """
    # The tutorial's `decay=learning_rate / epochs` of Keras 2, spelt for Keras 3.
    schedule = keras.optimizers.schedules.InverseTimeDecay(
        hyperparameters.learning_rate,
        decay_steps=1,
        decay_rate=hyperparameters.learning_rate / hyperparameters.epochs,
    )
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss={
            features.AGE_OUTPUT: keras.losses.MeanSquaredError(),
            features.GENDER_OUTPUT: keras.losses.BinaryCrossentropy(),
            features.RACE_OUTPUT: keras.losses.SparseCategoricalCrossentropy(),
        },
        loss_weights={
            features.AGE_OUTPUT: hyperparameters.age_loss_weight,
            features.GENDER_OUTPUT: hyperparameters.gender_loss_weight,
            features.RACE_OUTPUT: hyperparameters.race_loss_weight,
        },
        metrics={
            features.AGE_OUTPUT: [keras.metrics.MeanAbsoluteError(name="mae")],
            features.GENDER_OUTPUT: [keras.metrics.BinaryAccuracy(name="accuracy")],
            features.RACE_OUTPUT: [keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        },
    )
