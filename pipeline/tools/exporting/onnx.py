"""The ONNX format, for ONNX Runtime and others."""

from typing import Any

import numpy as np

from pipeline.tools.exporting.pixels_model import Predict

# Released in 2022; ONNX Runtime supports it from 1.12 on.
_OPSET = 17


def convert(function: Any) -> bytes:
    """Converts a function to a model that uses only ONNX's own operations.

    Args:
      function: a tf.function of PixelsModel.
    """
    import tf2onnx

    model, _ = tf2onnx.convert.from_function(
        function, input_signature=function.input_signature, opset=_OPSET
    )
    # A shared name says that all inputs and outputs have the same batch size.
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    return model.SerializeToString()


def load(content: bytes) -> Predict:
    """Returns a function that runs an ONNX model."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def predict(pixels: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, {"pixels": pixels}), strict=True))

    return predict
