"""Asks a pushed model for predictions that are known, as a server would, before it is served.

TFX's InfraValidator does this with TensorFlow Serving in a container, which needs Docker.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from components.errors import OperationError
from trainer.input_fn import read_records
from trainer.signatures import SERVING_DEFAULT
from trainer.tasks import TASKS

SPLIT = "test"
_EXAMPLES = 8
# Another machine adds up in another order: the age moves by less than 0.1 years.
_RELATIVE, _ABSOLUTE = 1e-3, 1e-3
_SERVE = "serve"
_OUTPUTS = {task.output_key: tf.io.VarLenFeature(tf.float32) for task in TASKS}


@dataclass(frozen=True)
class GoldenAnswers:
    """Examples, and what the model predicted for them before it was pushed.

    Attributes:
      examples: serialized tf.Examples.
      outputs: by the key of each output, float32 [examples, units].
    """

    examples: tuple[bytes, ...]
    outputs: dict[str, np.ndarray]


def read_golden_answers(predictions: standard_artifacts.Examples) -> GoldenAnswers:
    """Reads some examples of the test split with the outputs that BulkInferrer added.

    Raises:
      OperationError: if there are none.
    """
    pattern = f"{artifact_utils.get_split_uri([predictions], SPLIT)}/*"
    examples = tuple(read_records([pattern]).take(_EXAMPLES).as_numpy_iterator())
    if not examples:
        raise OperationError(
            f"{predictions.uri}: expected predictions of the model for the {SPLIT} split; found "
            "none. The model was not published. Run the pipeline again."
        )
    parsed = tf.io.parse_example(examples, _OUTPUTS)
    outputs = {
        name: values.values.numpy().reshape(len(examples), -1) for name, values in parsed.items()
    }
    return GoldenAnswers(examples, outputs)


def check_answers(folder: str, golden: GoldenAnswers) -> None:
    """Loads a SavedModel as TensorFlow Serving does, and compares its predictions.

    Raises:
      OperationError: if it does not load, or answers differently.
    """
    try:
        answers = _ask(folder, golden.examples)
    # TensorFlow's errors share no base class: ValueError, OSError, KeyError, its own errors.
    except Exception as error:
        first, *_ = str(error).splitlines() or [""]
        raise _refusal(f"loading it failed with {type(error).__name__}: {first}") from error
    for name, expected in golden.outputs.items():
        found = answers.get(name, np.empty(0))
        if found.shape != expected.shape:
            raise _refusal(f"{name} has the shape {found.shape}, not {expected.shape}")
        if not np.allclose(found, expected, rtol=_RELATIVE, atol=_ABSOLUTE):
            difference = float(np.max(np.abs(found - expected)))
            raise _refusal(f"{name} differs by up to {difference:.3g}")


def _ask(folder: str, examples: tuple[bytes, ...]) -> dict[str, np.ndarray]:
    """Returns the outputs by name; the memory of the model is freed again."""
    # The training may have left no memory on a GPU.
    config = tf.compat.v1.ConfigProto(device_count={"GPU": 0})
    with tf.Graph().as_default(), tf.compat.v1.Session(config=config) as session:
        loaded = tf.compat.v1.saved_model.load(session, [_SERVE], folder)
        signature = loaded.signature_def[SERVING_DEFAULT]
        ((_, entry),) = signature.inputs.items()
        fetched = {name: output.name for name, output in signature.outputs.items()}
        answers: dict[str, np.ndarray] = session.run(fetched, {entry.name: list(examples)})
    return answers


def _refusal(problem: str) -> OperationError:
    return OperationError(
        f"Expected the pushed model to predict {_EXAMPLES} images of the {SPLIT} split as it did "
        f"before it was pushed; {problem}. The model was not published, and the version served "
        "before still is. Run the same command again; if it fails again, its log has the details."
    )
