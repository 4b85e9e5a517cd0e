"""The settings of a training."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, create_model, field_validator

from trainer.settings.augmentation import AugmentationSettings
from trainer.settings.base import Settings, absolute_path
from trainer.settings.losses import default_weight, loss_fields
from trainer.settings.pretrained import PretrainedSettings
from trainer.tasks import TASKS, Kind, Task

# Values of `warm_start` that are not paths.
FROM_SCRATCH = "none"
LATEST = "latest"


class _Course(Settings):
    """The settings that precede the losses, so that fields are written in this order."""

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


# The fields depend on the tasks, so no static type describes them.
_Losses: Any = create_model("_Losses", __base__=_Course, **loss_fields())


class Hyperparameters(_Losses):
    """The model and its training. The defaults are the recipe that measured best on a CPU.

    Attributes:
      architecture: network. `compact` has three small residual branches, `shared` has one residual
        trunk with a head per task, `seed` is the tutorial's network, and `pretrained` puts the
        heads on a network of `keras.applications`.
      epochs: passes over the train split, or over `steps_per_epoch` of it.
      steps_per_epoch: batches per epoch. 0 uses the whole split.
      batch_size: examples per step, over all devices.
      learning_rate: peak learning rate of the schedule.
      optimizer: optimizer. `adamw` is Adam with decoupled weight decay; `sgd` has a momentum of
        0.9.
      weight_decay: weight decay of `adamw` and `sgd`. Biases and normalization layers are excluded.
        `null` uses 0.1 for `adamw` and 0 otherwise.
      schedule: learning rate schedule after the warmup. `cosine` falls to 0 at the last step.
        `one_cycle` rises from a 25th of the peak during the warmup and falls to a 10,000th of its
        start. `inverse_time`, the tutorial's, divides by 1 + n * learning_rate / epochs at step n.
        `constant` does not change.
      warmup_fraction: share of all steps with a linear warmup. `null` uses 0.05 for `cosine`, 0.3
        for `one_cycle`, and 0 otherwise.
      ema_decay: decay of the moving average of the weights. The average is evaluated and exported.
        It covers about 1 / (1 - ema_decay) steps; train at least ten times as many steps, or some
        of the random initial weights remain. 0 disables it.
      <task>_loss: loss of a regression. `mse` trains one output with the mean squared error. The
        other losses treat every whole number in the range as a class: `cross_entropy` uses the true
        number; `label_distribution` uses a Gaussian around it; `expectation_mse`, `variance` and
        `mse_cross_entropy` are those of section 5 of the tutorial.
      label_distribution_sigma: standard deviation of that Gaussian, in the task's unit.
      <task>_loss_weight: weight of the task's loss. Binary tasks use binary cross-entropy, other
        classes categorical cross-entropy. For a regression, `null` uses 0.03, the tutorial's value,
        if the loss is in squared units, and 1 otherwise.
      label_smoothing: label smoothing of classes.
      loss_weighting: how losses are combined. `fixed` uses the weights above. `uncertainty` starts
        with them and learns better weights, so none may be 0.
      rebalance: gives race x gender groups equal influence in training. `weights` weights examples
        in the losses; `oversample` repeats and drops examples. Eval and test stay as they are.
      rebalance_max_weight: maximum weight of one example under `rebalance`.
      augmentation: random changes to training images.
      mixing: combines pairs of training images and their labels. `mixup` blends two images;
        `cutmix` pastes a rectangle of one into the other.
      mixing_alpha: parameter of the Beta(alpha, alpha) distribution of the mixing ratio. With a
        small alpha one image dominates; with 1 every ratio is equally likely.
      early_stopping_patience: epochs without a lower eval loss before training stops. 0 disables
        early stopping.
      checkpoint_every_epochs: epochs between checkpoints.
      average_mirrored: export a model that averages its predictions for an image and its mirror
        image. Prediction takes twice as long.
      mixed_precision: compute in float16 on a GPU and in bfloat16 on a CPU. Operations that need
        the range, and the exported model, use float32.
      jit_compile: compile the training step with XLA. One device only, and not with
        `deterministic`. On a GPU the step is two to four times as fast.
      deterministic: make two trainings equal bit for bit on a GPU too. Slower.
      warm_start: model to start from. `none` starts from scratch. `latest` starts from the last
        blessed model and its optimizer state, and falls back to `none` if there is no such model or
        it has another architecture or other splits. A path or URI of a `model.keras`, or of the
        folder of a model run, must match the settings. If the settings name another optimizer, only
        the weights are used.
      warm_start_learning_rate: peak learning rate after a warm start. It replaces `learning_rate`;
        the schedule starts over, warmup included.
      seed: seed of the initial weights, the example order and the augmentation.
      workers_timeout_minutes: minutes that a run waits for the other workers in TF_CONFIG to join.
      pretrained: network and weights of `architecture: pretrained`.
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
    workers_timeout_minutes: float = Field(default=10.0, gt=0)
    pretrained: PretrainedSettings = PretrainedSettings()

    @property
    def uses_warm_start(self) -> bool:
        """Whether to look for a training state to start from."""
        return self.warm_start != FROM_SCRATCH

    @property
    def applied_weight_decay(self) -> float:
        """The weight decay, with the default of the optimizer."""
        default = 0.1 if self.optimizer == "adamw" else 0.0
        return default if self.weight_decay is None else self.weight_decay

    @property
    def applied_warmup_fraction(self) -> float:
        """The warmup fraction, with the default of the schedule."""
        default = {"cosine": 0.05, "one_cycle": 0.3}.get(self.schedule, 0.0)
        return default if self.warmup_fraction is None else self.warmup_fraction

    @property
    def frozen_epochs(self) -> int:
        """The number of epochs that train only the heads."""
        return self.pretrained.frozen_epochs if self.architecture == "pretrained" else 0

    def loss_of(self, task: Task) -> str:
        """The name of the loss of a regression; empty for other kinds, which have a single loss."""
        return getattr(self, f"{task.name}_loss") if task.kind is Kind.REGRESSION else ""

    def loss_weight_of(self, task: Task) -> float:
        """The weight of the loss of a task."""
        weight = getattr(self, f"{task.name}_loss_weight")
        return default_weight(self.loss_of(task)) if weight is None else weight

    @field_validator("weight_decay")
    @classmethod
    def _check_decay(cls, decay: float | None, others: ValidationInfo) -> float | None:
        if decay and others.data.get("optimizer") == "adam":
            raise ValueError("expected 0, or the optimizer adamw or sgd: adam has no weight decay")
        return decay

    @field_validator("warm_start")
    @classmethod
    def _make_absolute(cls, path: str) -> str:
        return path if path in (FROM_SCRATCH, LATEST) else absolute_path(path)

    @field_validator("loss_weighting")
    @classmethod
    def _check_weighting(cls, weighting: str, others: ValidationInfo) -> str:
        weights = [f"{task.name}_loss_weight" for task in TASKS]
        zero = [name for name in weights if others.data.get(name) == 0]
        if weighting == "uncertainty" and zero:
            raise ValueError(f"expected an initial weight above 0 in {', '.join(zero)}")
        return weighting

    @field_validator("pretrained")
    @classmethod
    def _check_frozen(cls, settings: PretrainedSettings, others: ValidationInfo) -> Any:
        epochs = others.data.get("epochs")
        pretrained = others.data.get("architecture") == "pretrained"
        if pretrained and epochs and settings.frozen_epochs >= epochs:
            raise ValueError(
                f"expected frozen_epochs below {epochs}, the number of epochs: later epochs train "
                "all layers"
            )
        return settings

    @field_validator("deterministic")
    @classmethod
    def _check_deterministic(cls, deterministic: bool, others: ValidationInfo) -> bool:
        if deterministic and others.data.get("jit_compile"):
            raise ValueError("expected false with jit_compile: XLA cannot guarantee it")
        return deterministic
