"""The formats, by name, and what they need."""

import importlib
import importlib.util
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
      module: has `convert` and `load`; loading it takes no time.
      packages: what they import beside TensorFlow.
    """

    module: str
    packages: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """Returns the packages that are not installed."""
        return [name for name in self.packages if importlib.util.find_spec(name) is None]

    def load(self) -> ModuleType:
        return importlib.import_module(self.module)


FORMATS = {
    "tflite": Format("pipeline.tools.exporting.tflite"),
    "onnx": Format("pipeline.tools.exporting.onnx", ("tf2onnx", "onnxruntime")),
}
