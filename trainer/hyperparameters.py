"""The settings of a training, each with what it does."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from trainer.augmentation_settings import AugmentationSettings


class Hyperparameters(BaseModel):
    """The tutorial's values, but for the architecture, which is the one for a CPU.

    Attributes:
      architecture: a name in trainer.models.ARCHITECTURES.
      epochs: passes over the train split, or over `steps_per_epoch` of it.
      steps_per_epoch: batches an epoch; 0 takes the whole split.
      batch_size: examples a step, over all devices.
      learning_rate: the highest of the schedule.
      optimizer: `adam`, `adamw`, which is Adam with weight decay, or `sgd` with a momentum of
        0.9.
      weight_decay: what a step takes off a weight, as a share of it, times the learning rate;
        biases and normalisations lose nothing. Only with `adamw` and `sgd`.
      schedule: the learning rate from the warmup on. `inverse_time` divides it by
        1 + n * learning_rate / epochs at step n, as the tutorial does; `constant` leaves it;
        `cosine` falls to 0 at the last step; `one_cycle` rises from a 25th of it during the
        warmup and falls to a 10000th of where it began.
      warmup_fraction: the part of all steps during which the learning rate rises evenly; null
        takes 0.3 for `one_cycle`, and 0 for the others.
      ema_decay: what an average of the weights over the steps keeps of itself at each of them;
        the average is then measured and exported. 0 keeps none; 0.999 is usual.
      age_loss: `mse` is the mean squared error of one output in years. The others take the age
        for one of the classes 0 to 116: `expectation_mse`, `variance` and `mse_cross_entropy`
        are those of the tutorial's section 5, `cross_entropy` that of the true age, and
        `label_distribution` is the divergence from the ages around it; see trainer.age_losses.
      label_distribution_sigma: how far around, in years: the Gaussian's standard deviation.
      age_loss_weight: weight of the loss of the age. 0.03 suits years squared; a
        `mse_cross_entropy`, `cross_entropy` or `label_distribution` wants about 1.
      gender_loss_weight: weight of the binary cross-entropy of the gender.
      race_loss_weight: weight of the categorical cross-entropy of the race.
      loss_weighting: `fixed` leaves these weights as they are; with `uncertainty` the training
        begins with them and learns better ones, so that none may be 0.
      rebalance: gives the groups of race and gender the same say in training: by the
        `weights` of their examples in the losses, or by `oversample`, repeating and
        leaving out examples; `none` takes the train split as it is.
      rebalance_max_weight: no example counts for more than this many by doing so.
      augmentation: how the train split's images are varied.
      early_stopping_patience: epochs without a lesser loss on the eval split after which the
        training stops; 0 never stops it early.
      checkpoint_every_epochs: how often an interrupted training can be gone on from.
      mixed_precision: computes in float16 on a GPU, in bfloat16 on a CPU, and in float32 where
        the range matters; the exported model computes in float32.
      jit_compile: has XLA compile the training, which takes a while at first; on one device
        alone, and not together with `deterministic`.
      deterministic: makes two trainings equal bit for bit on a GPU too, at some cost.
      seed: of the initial weights, the order of the examples and what varies them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    architecture: Literal["compact", "seed", "shared"] = "compact"
    epochs: int = Field(default=10, ge=1)
    steps_per_epoch: int = Field(default=0, ge=0)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=0.005, gt=0)
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    weight_decay: float = Field(default=0.0, ge=0, lt=1)
    schedule: Literal["inverse_time", "constant", "cosine", "one_cycle"] = "inverse_time"
    warmup_fraction: float | None = Field(default=None, ge=0, le=0.9)
    ema_decay: float = Field(default=0.0, ge=0, lt=1)
    age_loss: Literal[
        "mse",
        "expectation_mse",
        "variance",
        "mse_cross_entropy",
        "cross_entropy",
        "label_distribution",
    ] = "mse"
    label_distribution_sigma: float = Field(default=2.0, ge=0.1, le=50)
    age_loss_weight: float = Field(default=0.03, ge=0)
    gender_loss_weight: float = Field(default=1.0, ge=0)
    race_loss_weight: float = Field(default=1.0, ge=0)
    loss_weighting: Literal["fixed", "uncertainty"] = "fixed"
    rebalance: Literal["none", "weights", "oversample"] = "none"
    rebalance_max_weight: float = Field(default=10.0, ge=1)
    augmentation: AugmentationSettings = AugmentationSettings()
    early_stopping_patience: int = Field(default=0, ge=0)
    checkpoint_every_epochs: int = Field(default=1, ge=1)
    mixed_precision: bool = False
    jit_compile: bool = False
    deterministic: bool = False
    seed: int = Field(default=1, ge=0, lt=2**32)

    @field_validator("weight_decay")
    @classmethod
    def _check_decay(cls, decay: float, others: ValidationInfo) -> float:
        if decay and others.data.get("optimizer") == "adam":
            raise ValueError("expected 0, or adamw or sgd for the optimizer: adam has none")
        return decay

    @field_validator("loss_weighting")
    @classmethod
    def _check_weighting(cls, weighting: str, others: ValidationInfo) -> str:
        weights = ("age_loss_weight", "gender_loss_weight", "race_loss_weight")
        zero = [name for name in weights if others.data.get(name) == 0]
        if weighting == "uncertainty" and zero:
            raise ValueError(f"expected a weight above 0 to begin with in {', '.join(zero)}")
        return weighting

    @field_validator("deterministic")
    @classmethod
    def _check_deterministic(cls, deterministic: bool, others: ValidationInfo) -> bool:
        if deterministic and others.data.get("jit_compile"):
            raise ValueError("expected false with jit_compile: XLA cannot promise it")
        return deterministic
