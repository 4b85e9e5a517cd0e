"""The executor of UtkFaceTrainer."""

from typing import Any

from tfx import types
from tfx.components.trainer import executor
from tfx.dsl.io import fileio
from tfx.types import standard_component_specs as specs
from tfx.utils import json_utils

from components.history.artifact import ENTRY, FOUND, WHY_NOT
from components.model_digests import check_digests, record_digests
from trainer.fit.training_curves import HISTORY_FILE, read_history
from trainer.runtime.tf_config import count_workers
from trainer.state.checkpoints import CHECKPOINTS
from trainer.state.warm_start import FOLDER, NAME, NO_WARM_START, TRAINING_STATE

_RUN_FN_OF_WORKERS = "components.utkface_trainer.workers.run_fn"

# Fields of Hyperparameters that a run may change, with their types.
RUN_PARAMETERS: dict[str, type] = {
    "epochs": int,
    "steps_per_epoch": int,
    "learning_rate": float,
    # Replaces learning_rate after a warm start.
    "warm_start_learning_rate": float,
}

# Properties of the model after a warm start: the history entry or the path, and the SHA-256 of the
# training state.
WARM_STARTED_FROM = "warm_started_from"
WARM_STARTED_FROM_DIGEST = "warm_started_from_sha256"


class Executor(executor.GenericExecutor):
    """TFX's executor, with the parameters of the run merged into the hyperparameters.

    It also adds the checkpoint folder and the initial training state, which trainer.run_fn removes
    again. With several workers in TF_CONFIG, trainer.workers.chief trains with all of them.
    """

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Trains a model; see tfx.components.trainer.executor.GenericExecutor.

        Raises:
          InputError: if the initial training state is not the one that HistoryLookup found.
        """
        hyperparameters = json_utils.loads(exec_properties[specs.CUSTOM_CONFIG_KEY])
        hyperparameters[CHECKPOINTS] = exec_properties.get(CHECKPOINTS) or ""
        for state in input_dict.get(TRAINING_STATE) or ():
            check_digests(state)
            hyperparameters[TRAINING_STATE] = {
                FOLDER: state.uri if state.get_int_custom_property(FOUND) else "",
                NAME: state.get_string_custom_property(ENTRY),
                NO_WARM_START: state.get_string_custom_property(WHY_NOT),
            }
        hyperparameters |= {name: exec_properties[name] for name in RUN_PARAMETERS}
        properties = {
            **exec_properties,
            specs.CUSTOM_CONFIG_KEY: json_utils.dumps(hyperparameters),
        }
        if count_workers() > 1:
            properties[specs.RUN_FN_KEY] = _RUN_FN_OF_WORKERS
        super().Do(input_dict, output_dict, properties)
        for model in output_dict.get(specs.MODEL_KEY, ()):
            record_digests(model)
        if warm_start := _read_warm_start(output_dict):
            (model,) = output_dict[specs.MODEL_KEY]
            model.set_string_custom_property(WARM_STARTED_FROM, warm_start["from"])
            model.set_string_custom_property(WARM_STARTED_FROM_DIGEST, warm_start["sha256"])


def _read_warm_start(output_dict: dict[str, list[types.Artifact]]) -> dict[str, Any] | None:
    """Returns the recorded warm start; None if the training started from scratch."""
    for run in output_dict.get(specs.MODEL_RUN_KEY, ()):
        if fileio.exists(f"{run.uri}/{HISTORY_FILE}"):
            return read_history(run.uri)["warm_start"]
    return None
