"""What Keras 3 lacks for a training by several workers."""

import keras

from trainer.compat import keras_internals


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
        keras_internals.build_losses_and_metrics(model, batch)
    keras_internals.keep_built(model)
    keras_internals.report_own_steps()
