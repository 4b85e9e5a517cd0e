"""Checks whether a model in the history is comparable with models of this release."""

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
from tfx.dsl.io import fileio
from tfx.utils import path_utils

from components.errors import InputError
from components.history.registry import Entry
from trainer.signatures import SERVING_DEFAULT
from trainer.tasks import TASKS

_FILE = "saved_model.pb"
_WIDTHS = {task.output_key: task.served_units for task in TASKS}


def check_served_model(entry: Entry) -> None:
    """Checks a model before the training, so that a run does not fail after it.

    Args:
      entry: entry of a blessed model.

    Raises:
      InputError: if it is not a SavedModel, if its signature has other outputs, or if a session,
        which BulkInferrer uses, does not restore all its weights.
    """
    folder = path_utils.serving_model_path(entry.files)
    model = _read(f"{folder}/{_FILE}")
    outputs = _outputs(model)
    if outputs != _WIDTHS:
        raise InputError(
            f"{entry.folder}: expected a SavedModel whose signature {SERVING_DEFAULT} has the "
            f"outputs {_format_outputs(_WIDTHS)}; found {_format_outputs(outputs)}. It is damaged, "
            "or another release wrote it. Delete this folder; the model before it is then the "
            "model blessed last."
        )
    if not all(map(_restores_all_variables, model.meta_graphs)):
        raise InputError(
            f"{entry.folder}: expected a SavedModel whose weights a session restores, as in "
            "BulkInferrer; found weights that it does not restore. An earlier release saved it. "
            "Delete this folder; the model before it is then the model blessed last."
        )


def _read(path: str) -> saved_model_pb2.SavedModel:
    """Returns the graphs of a SavedModel; empty if the file is missing or invalid."""
    model = saved_model_pb2.SavedModel()
    if fileio.exists(path):
        with fileio.open(path, "rb") as file:
            try:
                model.ParseFromString(file.read())
            except DecodeError:
                return saved_model_pb2.SavedModel()
    return model


def _outputs(model: saved_model_pb2.SavedModel) -> dict[str, int]:
    """Returns the size of each output's last axis, 0 where unknown."""
    outputs = {}
    for graph in model.meta_graphs:
        for name, tensor in graph.signature_def[SERVING_DEFAULT].outputs.items():
            sizes = [axis.size for axis in tensor.tensor_shape.dim]
            outputs[name] = max(0, sizes[-1]) if sizes else 0
    return outputs


def _restores_all_variables(graph: meta_graph_pb2.MetaGraphDef) -> bool:
    """Returns whether the restore operation of a graph assigns all its variables."""
    nodes = {node.name: node for node in graph.graph_def.node}
    variables = sum(node.op == "VarHandleOp" for node in nodes.values())
    if not variables:
        return True
    restore = nodes[graph.saver_def.restore_op_name].attr["f"].func.name
    (function,) = (
        each for each in graph.graph_def.library.function if each.signature.name == restore
    )
    return variables == sum(node.op == "AssignVariableOp" for node in function.node_def)


def _format_outputs(outputs: dict[str, int]) -> str:
    return ", ".join(f"{name} of {size}" for name, size in sorted(outputs.items())) or "none"
