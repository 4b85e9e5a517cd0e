"""Private parts of Keras 3.

- `Model._symbolic_build` builds losses and metrics from the shapes of a batch. `Model.build` builds
  neither.
- `Model._maybe_symbolic_build`: `fit` builds them again, from a batch averaged over replicas, which
  fails for labels in a dict (see keras-team/keras#20329, on dicts of inputs), and for parts of
  different sizes.
- `reduce_per_replica` averages scalars over a dimension that they do not have where several
  workers train (tensorflow/tensorflow#72388).
- `Optimizer._model_variables_moving_average`: `Optimizer.variables` holds the averages, and does
  not say which they are.

`tests/trainer/compat` fails if a release drops or renames one of them.
"""

from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.tensorflow import trainer as keras_trainer


def build_losses_and_metrics(model: keras.Model, batch: tuple[object, ...]) -> None:
    """Creates the variables of a compiled model's losses and metrics.

    Args:
      model: compiled.
      batch: images and labels; only the shapes are used.
    """
    model._symbolic_build(data_batch=batch)


def prepare_for_replicas(model: keras.Model) -> None:
    """Makes `fit` of a model work with several replicas.

    `fit` does not build the losses and metrics again. With several workers, a step reports the loss
    over all workers, so that all of them stop where it is NaN, and the metrics of this worker. An
    epoch reports the metrics over all workers.

    Args:
      model: compiled in the scope of its strategy, with built losses and metrics.
    """
    model._maybe_symbolic_build = lambda iterator=None, data_batch=None: None
    if isinstance(model.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
        keras_trainer.reduce_per_replica = _reduce_over_workers


def moving_averages(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Returns the moving averages of the weights; none unless the optimizer keeps some."""
    return list(optimizer._model_variables_moving_average) if optimizer.use_ema else []


def _reduce_over_workers(values: Any, strategy: Any, reduction: str = "auto") -> Any:
    logs = keras.tree.map_structure(
        lambda value: strategy.experimental_local_results(value)[0], values
    )
    if isinstance(logs, dict) and "loss" in logs:
        logs["loss"] = strategy.reduce("MEAN", values["loss"], axis=None)
    return logs
