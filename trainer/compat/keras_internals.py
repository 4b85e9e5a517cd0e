"""Private parts of Keras 3.

- `Model._symbolic_build` builds losses and metrics from the shapes of a batch. `Model.build` builds
  neither.
- `Model._maybe_symbolic_build`: `fit` builds them again, from a batch averaged over workers, which
  fails for labels in a dict (see keras-team/keras#20329, on dicts of inputs).
- `reduce_per_replica` averages scalars over a dimension that they do not have where several
  workers train (tensorflow/tensorflow#72388).
- `Optimizer._model_variables_moving_average`: `Optimizer.variables` holds the averages, and does
  not say which they are.

`tests/trainer/compat` fails if a release drops or renames one of them.
"""

from typing import Any

import keras
from keras.src.backend.tensorflow import trainer as keras_trainer


def build_losses_and_metrics(model: keras.Model, batch: tuple[object, ...]) -> None:
    """Creates the variables of a compiled model's losses and metrics.

    Args:
      model: compiled.
      batch: images and labels; only the shapes are used.
    """
    model._symbolic_build(data_batch=batch)


def prepare_for_workers(model: keras.Model, batch: tuple[object, ...]) -> None:
    """Makes `fit` of a model work with several workers, where it fails in both lanes.

    `fit` does not build the losses and metrics again. A step reports the results of this worker. An
    epoch reports the metrics, which are summed over all workers.

    Args:
      model: compiled in the scope of a MultiWorkerMirroredStrategy.
      batch: images and labels of this worker.
    """
    with model.distribute_strategy.scope():
        build_losses_and_metrics(model, batch)
    model._maybe_symbolic_build = lambda iterator=None, data_batch=None: None
    keras_trainer.reduce_per_replica = _local_results


def moving_averages(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Returns the moving averages of the weights; none unless the optimizer keeps some."""
    return list(optimizer._model_variables_moving_average) if optimizer.use_ema else []


def _local_results(values: Any, strategy: Any, reduction: str = "auto") -> Any:
    return keras.tree.map_structure(
        lambda value: strategy.experimental_local_results(value)[0], values
    )
