"""The export formats by name, and the packages that they need."""

import importlib
import importlib.util
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
      module: a module with `convert` and `load`, quick to import.
      packages: the packages that it imports besides TensorFlow.
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
