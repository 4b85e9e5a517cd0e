"""Whether a model in the history can be compared with one of this release."""

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2
from tfx.dsl.io import fileio
from tfx.utils import path_utils

from components.errors import InputError
from components.history.registry import Entry
from trainer.models.heads import head_units
from trainer.signatures import SERVING_DEFAULT
from trainer.tasks import TASKS

_FILE = "saved_model.pb"
# A regression is served as one number, whatever its head is made of.
_WIDTHS = {task.output_key: head_units(task, 1) for task in TASKS}


def check_served_model(entry: Entry) -> None:
    """Finds out at the start what would otherwise end a run after its training.

    Args:
      entry: a blessed model.

    Raises:
      InputError: if it is no SavedModel, or its signature has other outputs.
    """
    folder = path_utils.serving_model_path(entry.files)
    found = _outputs(f"{folder}/{_FILE}")
    if found != _WIDTHS:
        raise InputError(
            f"{entry.folder}: expected a SavedModel whose signature {SERVING_DEFAULT} has the "
            f"outputs {_told(_WIDTHS)}; found {_told(found)}. It is of another release, or "
            "damaged: delete that folder, and the model before it counts as the one blessed last."
        )


def _outputs(path: str) -> dict[str, int]:
    """Returns the sizes of the outputs' last axes, 0 where unknown; none of what is no model."""
    if not fileio.exists(path):
        return {}
    model = saved_model_pb2.SavedModel()
    with fileio.open(path, "rb") as file:
        try:
            model.ParseFromString(file.read())
        except DecodeError:
            return {}
    outputs = {}
    for graph in model.meta_graphs:
        for name, tensor in graph.signature_def[SERVING_DEFAULT].outputs.items():
            sizes = [axis.size for axis in tensor.tensor_shape.dim]
            outputs[name] = max(0, sizes[-1]) if sizes else 0
    return outputs


def _told(outputs: dict[str, int]) -> str:
    return ", ".join(f"{name} of {size}" for name, size in sorted(outputs.items())) or "none"
