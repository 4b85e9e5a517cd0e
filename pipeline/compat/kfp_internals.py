"""Private parts of the SDK of Kubeflow Pipelines.

- `Client._get_url_prefix` is the address of the user interface. The SDK prints links made of it,
  and returns none.

`tests/pipeline/compat` fails if a release drops or renames it.
"""

from typing import Any


def user_interface(client: Any) -> str:
    """Returns the address of the user interface of a kfp.Client's server."""
    return str(client._get_url_prefix())
