"""Trains and measures one model."""

from pathlib import Path
from typing import Any

from trainer.measuring.data import code_digest
from trainer.settings.base import flatten
from trainer.settings.hyperparameters import Hyperparameters


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Trains a model, unless it is already trained, and measures it on a split.

    Args:
      request: `settings`, the fields of Hyperparameters; `train_files` and `eval_files`, globs
        of transformed examples; `transform_graph`; `split`, and `examples`, globs of its raw
        examples; `folder`, exclusive to this training; `code`, from data.describe_data; and
        `key`, returned unchanged.

    Raises:
      RuntimeError: if the code has changed since the key was computed.
      DivergenceError: see trainer.run_fn.
    """
    # Imported here: their output goes to the log, and import errors are sent.
    from tfx.components.trainer.fn_args_utils import FnArgs

    from trainer.measuring.scores import score_majority, score_model
    from trainer.measuring.training import train_once
    from trainer.progress import LOGGER

    if code_digest() != request["code"]:
        raise RuntimeError(
            "Expected the code of trainer/ as it was when the comparison started. Found changes. "
            "Run the command again."
        )
    # Also log its steps.
    LOGGER.setLevel("DEBUG")
    folder = Path(request["folder"])
    hyperparameters = Hyperparameters(**request["settings"])
    fn_args = FnArgs(
        train_files=request["train_files"],
        eval_files=request["eval_files"],
        transform_graph_path=request["transform_graph"],
    )
    training = train_once(hyperparameters, fn_args, folder)
    LOGGER.info("measuring on the %s split", request["split"])
    return {
        "key": request["key"],
        "architecture": hyperparameters.architecture,
        "settings": differing_settings(hyperparameters),
        "seed": hyperparameters.seed,
        "split": request["split"],
        **score_model(str(folder / "serving"), request["examples"]),
        "baseline": score_majority(request["train_files"], request["examples"]),
        **training,
    }


def differing_settings(hyperparameters: Hyperparameters) -> dict[str, Any]:
    """Returns settings that differ from their defaults, by dotted name.

    The architecture and the seed are left out; results have their own fields for them.
    """
    defaults = flatten(Hyperparameters().model_dump(mode="json"))
    settings = flatten(hyperparameters.model_dump(mode="json"))
    return {
        name: value
        for name, value in settings.items()
        if name not in ("architecture", "seed") and value != defaults[name]
    }
