"""A retraining begins with what the last one came to."""

from pipeline.config import PipelineConfig
from trainer.hyperparameters import LATEST


def begin_warm(config: PipelineConfig) -> PipelineConfig:
    """Begins with the last blessed model, unless the settings name something else."""
    if "warm_start" in config.trainer.model_fields_set:
        return config
    trainer = config.trainer.model_copy(update={"warm_start": LATEST})
    return config.model_copy(update={"trainer": trainer})
