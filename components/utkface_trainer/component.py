"""UtkFaceTrainer: TFX's Trainer with its main settings as parameters of a run."""

from typing import Any, ClassVar

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.orchestration.data_types import RuntimeParameter
from tfx.proto import trainer_pb2
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.types.component_spec import ChannelParameter, ExecutionParameter
from tfx.utils import json_utils

from components.utkface_trainer.executor import RUN_PARAMETERS, Executor
from trainer.state.checkpoints import CHECKPOINTS
from trainer.state.warm_start import TRAINING_STATE


class UtkFaceTrainerSpec(specs.TrainerSpec):
    """TFX's spec with a property for each setting that a run may change."""

    PARAMETERS: ClassVar[dict[str, ExecutionParameter]] = {
        **specs.TrainerSpec.PARAMETERS,
        **{name: ExecutionParameter(type=kind) for name, kind in RUN_PARAMETERS.items()},
        CHECKPOINTS: ExecutionParameter(type=str, optional=True),
    }
    # TFX's input `base_model` takes a served model, without its optimizer.
    INPUTS: ClassVar[dict[str, ChannelParameter]] = {
        **specs.TrainerSpec.INPUTS,
        TRAINING_STATE: ChannelParameter(type=standard_artifacts.ModelRun, optional=True),
    }


class UtkFaceTrainer(base_component.BaseComponent):
    """Runs trainer.run_fn.

    TFX's Trainer takes the settings of a training as a single JSON text. Each parameter of a run
    must be a separate property, so Kubeflow Pipelines can fill it in and metadata queries can find
    it.

    Component `outputs` contains:
      - `model`: tfx.types.standard_artifacts.Model. After a warm start, its property
        `warm_started_from` names the history entry or the path, and
        `warm_started_from_sha256` has the digest of the training state.
      - `model_run`: tfx.types.standard_artifacts.ModelRun. It holds the model with its training
        state, the history, a plot of the history, and TensorBoard logs.
    """

    SPEC_CLASS = UtkFaceTrainerSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        examples: types.BaseChannel,
        transform_graph: types.BaseChannel,
        hyperparameters: dict[str, Any],
        run_parameters: dict[str, int | float | RuntimeParameter],
        training_state: types.BaseChannel | None = None,
        checkpoints: str = "",
    ):
        """Constructs the component.

        Args:
          examples: transformed examples, with the splits `train` and `eval`.
          transform_graph: transform graph of Transform.
          hyperparameters: fields of trainer.settings.hyperparameters.Hyperparameters.
          run_parameters: a value for each of RUN_PARAMETERS, which overrides those fields.
          training_state: training state of HistoryLookup for a warm start; None to train from
            scratch.
          checkpoints: folder of the checkpoints that an interrupted training resumes from. They are
            found by data, settings and code, not by run, and deleted when a training ends. Empty
            keeps no checkpoints.
        """
        spec = UtkFaceTrainerSpec(
            examples=examples,
            transform_graph=transform_graph,
            train_args=trainer_pb2.TrainArgs(splits=["train"]),
            eval_args=trainer_pb2.EvalArgs(splits=["eval"]),
            run_fn="trainer.run_fn.run_fn",
            **({TRAINING_STATE: training_state} if training_state else {}),
            custom_config=json_utils.dumps(hyperparameters),
            model=types.Channel(type=standard_artifacts.Model),
            model_run=types.Channel(type=standard_artifacts.ModelRun),
            **{CHECKPOINTS: checkpoints},
            **run_parameters,
        )
        super().__init__(spec=spec)
