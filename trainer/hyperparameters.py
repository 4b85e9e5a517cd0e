"""The settings of a training, each with what it does."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Hyperparameters(BaseModel):
    """The tutorial's values, but for the architecture, which is the one for a CPU.

    Attributes:
      architecture: a name in trainer.models.ARCHITECTURES.
      epochs: passes over the train split, or over `steps_per_epoch` of it.
      steps_per_epoch: batches an epoch; 0 takes the whole split.
      batch_size: examples a step, over all devices.
      learning_rate: Adam's at the first step; at step n it is
        learning_rate / (1 + n * learning_rate / epochs).
      age_loss_weight: weight of the mean squared error of the age in years.
      gender_loss_weight: weight of the binary cross-entropy of the gender.
      race_loss_weight: weight of the categorical cross-entropy of the race.
      rebalance: gives the groups of race and gender the same say in training: by the
        `weights` of their examples in the losses, or by `oversample`, repeating and
        leaving out examples; `none` takes the train split as it is.
      rebalance_max_weight: no example counts for more than this many by doing so.
      seed: of the initial weights and the order of the examples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    architecture: Literal["compact", "seed"] = "compact"
    epochs: int = Field(default=10, ge=1)
    steps_per_epoch: int = Field(default=0, ge=0)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=0.005, gt=0)
    age_loss_weight: float = Field(default=0.03, ge=0)
    gender_loss_weight: float = Field(default=1.0, ge=0)
    race_loss_weight: float = Field(default=1.0, ge=0)
    rebalance: Literal["none", "weights", "oversample"] = "none"
    rebalance_max_weight: float = Field(default=10.0, ge=1)
    seed: int = Field(default=1, ge=0, lt=2**32)
