"""Fine-tuning: trains only the heads of a model for some epochs, and then all layers."""

from typing import Any

import keras

from trainer.models.nested import nested_models
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.model_state import build_optimizer, inner_optimizer, reset_optimizer


def first_phase(hyperparameters: Hyperparameters) -> Hyperparameters:
    """Returns the settings of the epochs that train only the heads; of all if there are none."""
    epochs = hyperparameters.frozen_epochs or hyperparameters.epochs
    return hyperparameters.model_copy(update={"epochs": epochs})


def second_phase(hyperparameters: Hyperparameters) -> Hyperparameters:
    """Returns the settings of the later epochs, which train all layers."""
    rate = hyperparameters.pretrained.fine_tune_learning_rate or hyperparameters.learning_rate
    epochs = hyperparameters.epochs - hyperparameters.frozen_epochs
    return hyperparameters.model_copy(update={"epochs": epochs, "learning_rate": rate})


class FineTuning(keras.callbacks.Callback):
    """Freezes the nested models of a model, and unfreezes them after some epochs.

    A frozen model keeps its weights and its batch normalization statistics. The optimizer has
    variables for all weights from the start, so its state, also in checkpoints, never changes
    shape. The second phase resets the optimizer, as compiling would, because it has no moments for
    the layers that were frozen.
    """

    def __init__(
        self, frozen_epochs: int, schedule: keras.optimizers.schedules.LearningRateSchedule
    ):
        """Makes the callback.

        Args:
          frozen_epochs: number of epochs that train only the heads; at least 1.
          schedule: the learning rate of the second phase, from step 0 on.
        """
        super().__init__()
        self._frozen_epochs = frozen_epochs
        self._schedule = schedule
        self._epoch = 0

    @property
    def in_second_phase(self) -> bool:
        """Whether all layers are trained now."""
        return self._epoch >= self._frozen_epochs

    def prepare(self, model: keras.Model, first: int) -> None:
        """Freezes the layers that the next epoch does not train.

        Args:
          model: compiled, with its state restored.
          first: number of the next epoch, counted from 0.
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
            reset_optimizer(self.model, self._schedule)
            # The train step was traced for the trainable layers of the first phase.
            self.model.make_train_function(force=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.model.stop_training:
            # When it stops, Keras finalizes the averages of all weights.
            _set_trainable(self.model, True)


class SwapAverages(keras.callbacks.SwapEMAWeights):
    """Makes all weights trainable to swap them; Keras pairs averages with trainable weights."""

    def _swap_variables(self) -> None:
        frozen = [nested for nested in nested_models(self.model) if not nested.trainable]
        for nested in frozen:
            nested.trainable = True
        super()._swap_variables()
        for nested in frozen:
            nested.trainable = False


def _set_trainable(model: keras.Model, trainable: bool) -> None:
    for nested in nested_models(model):
        nested.trainable = trainable
