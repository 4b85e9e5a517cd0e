"""Private parts of TensorFlow.

- `convert_variables_to_constants_v2`: TensorFlow 2 has no public way to make constants of a
  function's variables (tensorflow/tensorflow#48639).

`tests/pipeline/tools/exporting` fails if a release drops or renames it.
"""

from typing import Any


def freeze(function: Any) -> Any:
    """Returns a concrete function with constants in place of its variables."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(function)
