"""Computes digests that identify data."""

from typing import Any


def describe_data(request: dict[str, Any]) -> dict[str, str]:
    """Returns digests that identify a cached result.

    Args:
      request: `train_files`, `eval_files` and `examples`, as for trainer.measuring.measure.

    Returns:
      `training`, the digest of the inputs of a training other than its settings: examples, code of
      trainer/, and versions of TensorFlow and Keras; `measured`, the digest of the examples to
      measure on; and `code`, see code_digest.
    """
    import keras
    import tensorflow as tf

    from trainer.input_fn import read_records
    from trainer.state.checkpoints import training_key

    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    splits = [read_records(request[name]) for name in ("train_files", "eval_files")]
    return {
        "training": training_key(splits, versions),
        "measured": training_key([read_records(request["examples"])], {}),
        "code": code_digest(),
    }


def code_digest() -> str:
    """Returns a digest of the code of trainer/."""
    from trainer.state.checkpoints import training_key

    return training_key([], {})
