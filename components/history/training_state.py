"""Records training states with their models in the history, and fetches them."""

from tfx.dsl.io import fileio
from tfx.types import artifact

from components.errors import InputError
from components.history.artifact import ENTRY, FOUND, SPAN, WHY_NOT
from components.history.registry import Entry, damage_error
from components.model_digests import record_digests
from components.storage.integrity import digest_file
from components.storage.linking import link_file
from trainer.settings.hyperparameters import FROM_SCRATCH, LATEST
from trainer.state.training_state import TRAINING_STATE_FILE

# Properties of a blessed model: SHA-256 of the training state beside it, 64 hexadecimal digits, and
# the splits that it was trained on. Entries of earlier releases have neither.
DIGEST = "training_state_sha256"
SPLITS = "splits"


def properties_and_files(model_run: str, splits: str) -> tuple[dict[str, str], dict[str, str]]:
    """Returns the properties and the files that a model run adds to the entry of its model.

    Args:
      model_run: folder of the model run; adds nothing if it has no training state.
      splits: how the images were split.
    """
    path = _state_file(model_run)
    if not fileio.exists(path):
        return {}, {}
    return {DIGEST: digest_file(path), SPLITS: splits}, {TRAINING_STATE_FILE: path}


def fetch_state(
    warm_start: str, splits: str, blessed: Entry | None, output: artifact.Artifact
) -> None:
    """Copies a training state, and describes it in the properties of the output.

    The state of a model trained on other splits is not used: the model may have seen images
    that are in the eval or test split now, and would seem better than it is.

    Args:
      warm_start: see trainer.settings.hyperparameters.Hyperparameters.
      splits: how the images are split now.
      blessed: the model blessed last; None if there is none.
      output: gets the properties FOUND, 0 if there is no usable training state; ENTRY, the entry of
        the model or the path of the state; SPAN, the span of the model; and WHY_NOT.

    Raises:
      InputError: if the entry is damaged, or there is no training state at a path.
    """
    path = ""
    if warm_start == LATEST and blessed:
        output.set_string_custom_property(ENTRY, blessed.name)
        output.set_int_custom_property(SPAN, blessed.span)
        path = _find_state(blessed)
        if path and (before := blessed.properties.get(SPLITS)) != splits:
            path = ""
            output.set_string_custom_property(
                WHY_NOT,
                f"{blessed.name}, the model blessed last, was trained with the splits {before}, "
                f"and this run uses {splits}: it may have seen images that are now in the eval or "
                "test split.",
            )
    elif warm_start not in (FROM_SCRATCH, LATEST):
        output.set_string_custom_property(ENTRY, warm_start)
        path = _state_file(warm_start)
        if not fileio.exists(path):
            raise InputError(
                f"trainer.warm_start: expected none, latest, or a training state: a .keras file, "
                f"or a model run with {TRAINING_STATE_FILE} in it; found no file at {path}"
            )
    output.set_int_custom_property(FOUND, int(bool(path)))
    if path:
        fileio.makedirs(output.uri)
        link_file(path, f"{output.uri}/{TRAINING_STATE_FILE}")
        record_digests(output)


def _find_state(entry: Entry) -> str:
    """Returns the training state that was recorded with a model; empty if there is none."""
    recorded = entry.properties.get(DIGEST)
    if recorded is None:
        return ""
    path = f"{entry.folder}/{TRAINING_STATE_FILE}"
    if not fileio.exists(path) or digest_file(path) != recorded:
        raise damage_error(entry)
    return path


def _state_file(path: str) -> str:
    return path if path.endswith(".keras") else f"{path.rstrip('/')}/{TRAINING_STATE_FILE}"
