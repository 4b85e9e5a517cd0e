"""What Keras 3 lacks for a training by several workers."""

from typing import Any

import keras
from keras.src.backend.tensorflow import trainer as keras_trainer


def prepare_for_workers(model: keras.Model, batch: tuple[object, ...]) -> None:
    """Lets a model be fitted by several workers.

    Keras's own `fit` stops in two places, in both lanes. It builds the losses and metrics from
    a batch averaged over the workers, which TensorFlow does for a tensor but not for labels in
    a dict: they are built here, from a batch of this worker's own. And it averages each step's
    results, which are scalars, over a dimension that they do not have: here a step's are those
    of this worker, while an epoch's come from the metrics, which are added up over all workers.

    Args:
      model: compiled in the scope of a MultiWorkerMirroredStrategy.
      batch: images and labels.
    """
    with model.distribute_strategy.scope():
        model._symbolic_build(data_batch=batch)
    model._maybe_symbolic_build = lambda iterator=None, data_batch=None: None
    keras_trainer.reduce_per_replica = _take_own


def _take_own(values: Any, strategy: Any, reduction: str = "auto") -> Any:
    return keras.tree.map_structure(
        lambda value: strategy.experimental_local_results(value)[0], values
    )
