"""Adds what Keras 3 lacks for training with several workers."""

import keras

from trainer.compat import keras_internals


def prepare_for_workers(model: keras.Model, batch: tuple[object, ...]) -> None:
    """Makes `fit` of a model work with several workers.

    Keras's `fit` fails in two places, in both lanes. It builds the losses and metrics from a batch
    averaged over the workers, which TensorFlow supports for a tensor but not for a dict of labels.
    This function builds them from a batch of this worker. `fit` also averages the results of a
    step, which are scalars, over a missing dimension. Here a step reports the results of this
    worker, while an epoch reports the metrics, which are summed over all workers.

    Args:
      model: compiled in the scope of a MultiWorkerMirroredStrategy.
      batch: images and labels.
    """
    with model.distribute_strategy.scope():
        keras_internals.build_losses_and_metrics(model, batch)
    keras_internals.keep_built(model)
    keras_internals.report_own_steps()
