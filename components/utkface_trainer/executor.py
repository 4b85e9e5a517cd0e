"""The executor of UtkFaceTrainer."""

import json
from typing import Any

from tfx import types
from tfx.components.trainer import executor
from tfx.dsl.io import fileio
from tfx.types import standard_component_specs as specs
from tfx.utils import json_utils

from components.history.artifact import ENTRY, FOUND
from trainer.checkpoints import CHECKPOINTS
from trainer.training_curves import HISTORY_FILE
from trainer.warm_start import FOLDER, NAME, TRAINING_STATE

# Fields of trainer.hyperparameters.Hyperparameters that a run may change, with their types.
RUN_PARAMETERS: dict[str, type] = {
    "epochs": int,
    "steps_per_epoch": int,
    "learning_rate": float,
}

# A property of the model, if there was a warm start.
WARM_STARTED_FROM = "warm_started_from"


class Executor(executor.GenericExecutor):
    """TFX's own, with the parameters of the run put over the hyperparameters.

    And with the folder for checkpoints and the training state to begin with, which trainer.run_fn
    takes out again.
    """

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Trains a model; see tfx.components.trainer.executor.GenericExecutor."""
        hyperparameters = json_utils.loads(exec_properties[specs.CUSTOM_CONFIG_KEY])
        hyperparameters[CHECKPOINTS] = exec_properties.get(CHECKPOINTS) or ""
        for found in input_dict.get(TRAINING_STATE) or ():
            hyperparameters[TRAINING_STATE] = {
                FOLDER: found.uri if found.get_int_custom_property(FOUND) else "",
                NAME: found.get_string_custom_property(ENTRY),
            }
        hyperparameters |= {name: exec_properties[name] for name in RUN_PARAMETERS}
        properties = {
            **exec_properties,
            specs.CUSTOM_CONFIG_KEY: json_utils.dumps(hyperparameters),
        }
        super().Do(input_dict, output_dict, properties)
        if started_from := _began_with(output_dict):
            (model,) = output_dict[specs.MODEL_KEY]
            model.set_string_custom_property(WARM_STARTED_FROM, started_from)


def _began_with(output_dict: dict[str, list[types.Artifact]]) -> str | None:
    """Returns what the training has written down; only the chief of several workers does."""
    for run in output_dict.get(specs.MODEL_RUN_KEY, ()):
        path = f"{run.uri}/{HISTORY_FILE}"
        if fileio.exists(path):
            with fileio.open(path, "r") as file:
                warm_start = json.loads(file.read())["warm_start"]
            return warm_start and str(warm_start["from"])
    return None
