"""A minimal SavedModel that only declares its outputs."""

from pathlib import Path

from tensorflow.core.protobuf import saved_model_pb2

OUTPUTS = {"age_output": 1, "gender_output": 1, "race_output": 5}


def write_served_model(folder: Path, outputs: dict[str, int] = OUTPUTS) -> None:
    """Writes a SavedModel in the layout of the Trainer, with outputs of these sizes."""
    model = saved_model_pb2.SavedModel()
    signature = model.meta_graphs.add().signature_def["serving_default"]
    for name, size in outputs.items():
        for axis in (-1, size):
            signature.outputs[name].tensor_shape.dim.add(size=axis)
    variables = folder / "Format-Serving" / "variables"
    variables.mkdir(parents=True, exist_ok=True)
    (variables / "variables.data-00000-of-00001").write_bytes(b"weights")
    graph = model.SerializeToString(deterministic=True)
    (folder / "Format-Serving" / "saved_model.pb").write_bytes(graph)
