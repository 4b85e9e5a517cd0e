"""The executor of UtkFaceTrainer."""

from typing import Any

from tfx import types
from tfx.components.trainer import executor
from tfx.types import standard_component_specs as specs
from tfx.utils import json_utils

from trainer.checkpoints import CHECKPOINTS

# Fields of trainer.hyperparameters.Hyperparameters that a run may change, with their types.
RUN_PARAMETERS: dict[str, type] = {
    "epochs": int,
    "steps_per_epoch": int,
    "learning_rate": float,
}


class Executor(executor.GenericExecutor):
    """TFX's own, with the parameters of the run put over the hyperparameters.

    And with the folder for checkpoints, which trainer.run_fn takes out again.
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
        hyperparameters |= {name: exec_properties[name] for name in RUN_PARAMETERS}
        properties = {
            **exec_properties,
            specs.CUSTOM_CONFIG_KEY: json_utils.dumps(hyperparameters),
        }
        super().Do(input_dict, output_dict, properties)
