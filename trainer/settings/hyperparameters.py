"""The settings of a training, each with what it does."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, create_model, field_validator

from trainer.settings.augmentation import AugmentationSettings
from trainer.settings.base import Settings
from trainer.settings.losses import default_weight, loss_fields
from trainer.settings.pretrained import PretrainedSettings
from trainer.tasks import TASKS, Kind, Task

# Values of `warm_start` that are no paths.
FROM_SCRATCH = "none"
LATEST = "latest"


class _Course(Settings):
    """The settings before those of the losses: a field keeps its place in what is written."""

    architecture: Literal["compact", "seed", "shared", "pretrained"] = "compact"
    epochs: int = Field(default=20, ge=1)
    steps_per_epoch: int = Field(default=0, ge=0)
    batch_size: int = Field(default=64, ge=1)
    learning_rate: float = Field(default=0.002, gt=0)
    optimizer: Literal["adam", "adamw", "sgd"] = "adamw"
    weight_decay: float | None = Field(default=None, ge=0, lt=1)
    schedule: Literal["inverse_time", "constant", "cosine", "one_cycle"] = "cosine"
    warmup_fraction: float | None = Field(default=None, ge=0, le=0.9)
    ema_decay: float = Field(default=0.0, ge=0, lt=1)


# The tasks make these fields, so that no type says what they are.
_Losses: Any = create_model("_Losses", __base__=_Course, **loss_fields())


class Hyperparameters(_Losses):
    """The recipe that measured best on a CPU; pipeline/configs/tutorial.yaml has the tutorial's.

    Attributes:
      architecture: a name in trainer.models.ARCHITECTURES.
      epochs: passes over the train split, or over `steps_per_epoch` of it.
      steps_per_epoch: batches an epoch; 0 takes the whole split.
      batch_size: examples a step, over all devices.
      learning_rate: the highest of the schedule.
      optimizer: `adam`, `adamw`, which is Adam with weight decay, or `sgd` with a momentum of
        0.9.
      weight_decay: what a step takes off a weight, as a share of it, times the learning rate;
        biases and normalisations lose nothing. Only with `adamw` and `sgd`; null takes 0.1 for
        `adamw`, and 0 for the others.
      schedule: the learning rate from the warmup on. `inverse_time` divides it by
        1 + n * learning_rate / epochs at step n, as the tutorial does; `constant` leaves it;
        `cosine` falls to 0 at the last step; `one_cycle` rises from a 25th of it during the
        warmup and falls to a 10000th of where it began.
      warmup_fraction: the part of all steps during which the learning rate rises evenly; null
        takes 0.05 for `cosine`, 0.3 for `one_cycle`, and 0 for the others.
      ema_decay: what an average of the weights over the steps keeps of itself at each of them;
        the average is then measured and exported. 0 keeps none. It averages over some
        1 / (1 - ema_decay) steps; with fewer than ten times as many in all, some of the random
        weights that it began with are left in it.
      <task>_loss: of a regression. `mse` is the mean squared error of one output in the unit of
        the task. The others take the whole numbers of its range for classes: `expectation_mse`,
        `variance` and `mse_cross_entropy` are those of the tutorial's section 5, `cross_entropy`
        that of the true number, and `label_distribution` is the divergence from the numbers
        around it; see trainer.losses.age_losses.
      label_distribution_sigma: how far around, in the unit: the Gaussian's standard deviation.
      <task>_loss_weight: weight of the loss of a task: of a regression the one above, of two
        classes the binary and of more the categorical cross-entropy. null takes 0.03, the
        tutorial's, for losses in the unit squared, and 1 for the others.
      label_smoothing: the part of a class label that is shared out evenly over all classes, so
        that no label is taken for certain.
      loss_weighting: `fixed` leaves these weights as they are; with `uncertainty` the training
        begins with them and learns better ones, so that none may be 0.
      rebalance: gives the groups of trainer.groups.INTERSECTION the same say in training: by the
        `weights` of their examples in the losses, or by `oversample`, repeating and
        leaving out examples; `none` takes the train split as it is.
      rebalance_max_weight: no example counts for more than this many by doing so.
      augmentation: how the train split's images are varied.
      mixing: makes each training image one of two people, and has the model answer with both:
        `mixup` blends them, `cutmix` pastes a rectangle of one into the other; see
        trainer.augment.mixing.
      mixing_alpha: their shares are drawn from Beta(alpha, alpha): of small values one of the
        two has nearly all, of 1 any share is as likely.
      early_stopping_patience: epochs without a lesser loss on the eval split after which the
        training stops; 0 never stops it early.
      checkpoint_every_epochs: how often an interrupted training can be gone on from.
      average_mirrored: has the exported model answer with the mean of what it makes of a
        picture and of its mirror image, at twice the cost.
      mixed_precision: computes in float16 on a GPU, in bfloat16 on a CPU, and in float32 where
        the range matters; the exported model computes in float32.
      jit_compile: has XLA compile the training, which takes a while at first; on one device
        alone, and not together with `deterministic`.
      deterministic: makes two trainings equal bit for bit on a GPU too, at some cost.
      warm_start: what to begin with. `none` begins from scratch, `latest` with the last blessed
        model and the state that its optimizer had; so does the path or URI of another
        `model.keras`, or of the model run that holds it. `latest` falls back to `none` where
        there is no such model, or one of another architecture; a path must do. Another
        optimizer than the settings name is not taken over, only the weights are.
      warm_start_learning_rate: with a warm start, it takes the place of `learning_rate`: each
        schedule begins anew, warmup and all, with this one as its highest.
      seed: of the initial weights, the order of the examples and what varies them.
      pretrained: what `architecture: pretrained` is made of, and how it is trained.
    """

    label_smoothing: float = Field(default=0.05, ge=0, lt=1)
    loss_weighting: Literal["fixed", "uncertainty"] = "fixed"
    rebalance: Literal["none", "weights", "oversample"] = "none"
    rebalance_max_weight: float = Field(default=10.0, ge=1)
    augmentation: AugmentationSettings = AugmentationSettings()
    mixing: Literal["none", "mixup", "cutmix"] = "none"
    mixing_alpha: float = Field(default=0.4, ge=0.05, le=100)
    early_stopping_patience: int = Field(default=0, ge=0)
    checkpoint_every_epochs: int = Field(default=1, ge=1)
    average_mirrored: bool = True
    mixed_precision: bool = False
    jit_compile: bool = False
    deterministic: bool = False
    warm_start: str = Field(default=FROM_SCRATCH, min_length=1)
    warm_start_learning_rate: float = Field(default=0.001, gt=0)
    seed: int = Field(default=1, ge=0, lt=2**32)
    pretrained: PretrainedSettings = PretrainedSettings()

    @property
    def begins_warm(self) -> bool:
        """Whether to look for something to begin with."""
        return self.warm_start != FROM_SCRATCH

    @property
    def applied_weight_decay(self) -> float:
        """What weight_decay comes to."""
        default = 0.1 if self.optimizer == "adamw" else 0.0
        return default if self.weight_decay is None else self.weight_decay

    @property
    def applied_warmup_fraction(self) -> float:
        """What warmup_fraction comes to."""
        default = {"cosine": 0.05, "one_cycle": 0.3}.get(self.schedule, 0.0)
        return default if self.warmup_fraction is None else self.warmup_fraction

    @property
    def frozen_epochs(self) -> int:
        """For how many epochs the heads are trained alone."""
        return self.pretrained.frozen_epochs if self.architecture == "pretrained" else 0

    def loss_of(self, task: Task) -> str:
        """The name of the loss of a regression; empty for the other kinds, which have one each."""
        return getattr(self, f"{task.name}_loss") if task.kind is Kind.REGRESSION else ""

    def loss_weight_of(self, task: Task) -> float:
        """What the loss of a task counts for."""
        weight = getattr(self, f"{task.name}_loss_weight")
        return default_weight(self.loss_of(task)) if weight is None else weight

    @field_validator("weight_decay")
    @classmethod
    def _check_decay(cls, decay: float | None, others: ValidationInfo) -> float | None:
        if decay and others.data.get("optimizer") == "adam":
            raise ValueError("expected 0, or adamw or sgd for the optimizer: adam has none")
        return decay

    @field_validator("warm_start")
    @classmethod
    def _make_absolute(cls, path: str) -> str:
        if path in (FROM_SCRATCH, LATEST) or "://" in path:
            return path
        try:
            return str(Path(path).expanduser().absolute())
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    @field_validator("loss_weighting")
    @classmethod
    def _check_weighting(cls, weighting: str, others: ValidationInfo) -> str:
        weights = [f"{task.name}_loss_weight" for task in TASKS]
        zero = [name for name in weights if others.data.get(name) == 0]
        if weighting == "uncertainty" and zero:
            raise ValueError(f"expected a weight above 0 to begin with in {', '.join(zero)}")
        return weighting

    @field_validator("pretrained")
    @classmethod
    def _check_frozen(cls, settings: PretrainedSettings, others: ValidationInfo) -> Any:
        epochs = others.data.get("epochs")
        pretrained = others.data.get("architecture") == "pretrained"
        if pretrained and epochs and settings.frozen_epochs >= epochs:
            raise ValueError(
                f"expected frozen_epochs below the {epochs} of epochs, so that all layers are "
                "trained in the end"
            )
        return settings

    @field_validator("deterministic")
    @classmethod
    def _check_deterministic(cls, deterministic: bool, others: ValidationInfo) -> bool:
        if deterministic and others.data.get("jit_compile"):
            raise ValueError("expected false with jit_compile: XLA cannot promise it")
        return deterministic
