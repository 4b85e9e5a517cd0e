"""SHA-256 of the files of a model, in its metadata: checked before anything loads the model.

A run may take the model of an earlier run, and hours may pass between two components.
"""

import json

from tfx import types

from components.errors import InputError
from components.storage.integrity import digest_folder, find_damage

# Property of a model: a JSON object, SHA-256 by path.
DIGESTS = "files_sha256"


def record_digests(model: types.Artifact) -> None:
    """Records the digests of the files of a model in its properties."""
    model.set_string_custom_property(DIGESTS, json.dumps(digest_folder(model.uri)))


def check_digests(model: types.Artifact) -> None:
    """Compares the files of a model with their digests, if it has any.

    Raises:
      InputError: if a file is missing, changed or was added.
    """
    recorded = model.get_string_custom_property(DIGESTS)
    if recorded and (damage := find_damage(model.uri.rstrip("/"), json.loads(recorded))):
        raise InputError(
            f"{model.uri}: expected the model as it was written; {damage}. It is not loaded. Find "
            "out who changed it, delete the folder, and train again with the same command."
        )
