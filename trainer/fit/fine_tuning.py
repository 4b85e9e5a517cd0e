"""Trains the heads of a model alone for some epochs, and then all of its layers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from trainer.models.nested import nested_models
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.model_state import begin_anew, build_optimizer, inner_optimizer


def first_phase(hyperparameters: Hyperparameters) -> Hyperparameters:
    """Returns the settings of the epochs that train the heads alone; of all if there are none."""
    epochs = hyperparameters.frozen_epochs or hyperparameters.epochs
    return hyperparameters.model_copy(update={"epochs": epochs})


def second_phase(hyperparameters: Hyperparameters) -> Hyperparameters:
    """Returns the settings of the epochs after those, which train all layers."""
    rate = hyperparameters.pretrained.fine_tune_learning_rate or hyperparameters.learning_rate
    epochs = hyperparameters.epochs - hyperparameters.frozen_epochs
    return hyperparameters.model_copy(update={"epochs": epochs, "learning_rate": rate})


class FineTuning(keras.callbacks.Callback):
    """Freezes the models inside a model, and lets them learn after some epochs.

    A frozen model keeps its weights, and its batch normalisations their statistics. The optimizer
    has its variables for all weights from the start, so that its state has one shape throughout,
    in checkpoints too. With the second phase it begins anew, as one that is compiled then would:
    its moments know nothing of the layers that were frozen.
    """

    def __init__(
        self, frozen_epochs: int, schedule: keras.optimizers.schedules.LearningRateSchedule
    ):
        """Makes the callback.

        Args:
          frozen_epochs: train the heads alone; at least 1.
          schedule: the learning rate of the second phase, from step 0 on.
        """
        super().__init__()
        self._frozen_epochs = frozen_epochs
        self._schedule = schedule
        self._epoch = 0

    @property
    def in_second_phase(self) -> bool:
        """Whether all layers are trained by now."""
        return self._epoch >= self._frozen_epochs

    def prepare(self, model: keras.Model, first: int) -> None:
        """Freezes what the first of the epochs to come does not train.

        Args:
          model: compiled, with its state restored.
          first: the number of that epoch, counted from 0.
        """
        build_optimizer(model)
        if first <= self._frozen_epochs:
            _set_trainable(model, False)
        else:
            inner_optimizer(model).learning_rate = self._schedule

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch
        if epoch == self._frozen_epochs:
            _set_trainable(self.model, True)
            begin_anew(self.model, self._schedule)
            # The step was traced for what was trainable then.
            self.model.make_train_function(force=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.model.stop_training:
            # Keras finalises the averages of all weights once it has stopped.
            _set_trainable(self.model, True)


class SwapAverages(keras.callbacks.SwapEMAWeights):
    """Keras's own, which pairs the averages of all weights with those that are trainable."""

    def _swap_variables(self) -> None:
        with _all_trainable(self.model):
            super()._swap_variables()


@contextmanager
def _all_trainable(model: keras.Model) -> Iterator[None]:
    frozen = [nested for nested in nested_models(model) if not nested.trainable]
    for nested in frozen:
        nested.trainable = True
    yield
    for nested in frozen:
        nested.trainable = False


def _set_trainable(model: keras.Model, trainable: bool) -> None:
    for nested in nested_models(model):
        nested.trainable = trainable
