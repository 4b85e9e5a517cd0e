"""The settings of a training: the defaults, the tutorial's, and no others by mistake."""

import inspect
import math
from typing import get_args

import pytest
from pydantic import ValidationError

from tests.trainer.tutorial import tutorial
from trainer import models
from trainer.losses.age_losses import AGE_LOSSES
from trainer.settings.augmentation import AugmentationSettings
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import AGE, TASKS


def test_the_tutorials_settings() -> None:
    settings = tutorial()
    assert (settings.architecture, settings.epochs, settings.batch_size) == ("seed", 4, 32)
    assert (settings.optimizer, settings.schedule) == ("adam", "inverse_time")
    assert settings.learning_rate == 0.005
    assert (settings.age_loss, settings.loss_weight_of(AGE)) == ("mse", 0.03)
    assert settings.gender_loss_weight == settings.race_loss_weight == 1.0
    # What the tutorial knows nothing of is off.
    assert settings.applied_weight_decay == settings.applied_warmup_fraction == 0
    assert settings.ema_decay == settings.label_smoothing == 0
    assert settings.augmentation.method == settings.rebalance == settings.mixing == "none"
    assert (settings.loss_weighting, settings.early_stopping_patience) == ("fixed", 0)
    assert not settings.average_mirrored and not settings.mixed_precision


def test_the_default_is_the_network_and_the_recipe_for_a_cpu() -> None:
    settings = Hyperparameters()
    assert settings.architecture == "compact"
    assert (settings.age_loss, settings.loss_weight_of(AGE)) == ("label_distribution", 1.0)
    assert (settings.optimizer, settings.schedule) == ("adamw", "cosine")
    assert settings.augmentation == AugmentationSettings(method="strong")


def test_the_losses_of_the_age_that_may_be_named_are_those_there_are() -> None:
    named = get_args(Hyperparameters.model_fields["age_loss"].annotation)
    assert set(named) == {"mse", *AGE_LOSSES}


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"weight_decay\n.*adam has no weight decay"):
        Hyperparameters(optimizer="adam", weight_decay=0.01)
    assert Hyperparameters(optimizer="adamw", weight_decay=0.01).weight_decay == 0.01
    initial = r"loss_weighting\n.*initial weight above 0 in age_loss_weight"
    with pytest.raises(ValidationError, match=initial):
        Hyperparameters(loss_weighting="uncertainty", age_loss_weight=0)
    with pytest.raises(ValidationError, match=r"deterministic\n.*false with jit_compile"):
        Hyperparameters(jit_compile=True, deterministic=True)


def test_every_setting_is_explained() -> None:
    text = inspect.getdoc(Hyperparameters) or ""
    # Those that the tasks make are explained once for all of them.
    made = {
        f"{task.name}_{end}": f"<task>_{end}" for task in TASKS for end in ("loss", "loss_weight")
    }
    for name in Hyperparameters.model_fields:
        assert f"\n  {made.get(name, name)}: " in text, name


def test_the_architectures_that_may_be_named_are_those_there_are() -> None:
    named = get_args(Hyperparameters.model_fields["architecture"].annotation)
    assert set(named) == set(models.ARCHITECTURES)


def test_what_comes_through_custom_config_as_json_is_what_was_set() -> None:
    settings = Hyperparameters(architecture="seed", epochs=3, seed=2**32 - 1)
    assert Hyperparameters.model_validate_json(settings.model_dump_json()) == settings


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="momentum\n  Extra inputs are not permitted"):
        Hyperparameters(momentum=0.9)


def test_an_unknown_architecture_is_refused_with_those_there_are() -> None:
    expected = "Input should be 'compact', 'seed', 'shared' or 'pretrained'"
    with pytest.raises(ValidationError, match=expected):
        Hyperparameters(architecture="resnet")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epochs", 0),
        ("epochs", 1.5),
        ("epochs", "three"),
        ("epochs", None),
        ("steps_per_epoch", -1),
        ("batch_size", 0),
        ("learning_rate", 0),
        ("learning_rate", -0.1),
        ("learning_rate", math.nan),
        ("age_loss_weight", -0.03),
        ("age_loss_weight", math.nan),
        ("gender_loss_weight", -1),
        ("race_loss_weight", -1),
        ("rebalance", "weight"),
        ("rebalance", None),
        ("rebalance_max_weight", 0.99),
        ("rebalance_max_weight", math.inf),
        ("optimizer", "adagrad"),
        ("weight_decay", -0.1),
        ("weight_decay", 1),
        ("schedule", "step"),
        ("warmup_fraction", -0.1),
        ("warmup_fraction", 0.91),
        ("mixing", "blend"),
        ("mixing_alpha", 0.04),
        ("mixing_alpha", 101),
        ("ema_decay", 1),
        ("ema_decay", -0.5),
        ("age_loss", "mae"),
        ("label_distribution_sigma", 0),
        ("label_distribution_sigma", 51),
        ("loss_weighting", "learned"),
        ("mixed_precision", "float16"),
        ("jit_compile", None),
        ("seed", -1),
        ("seed", 2**32),
    ],
)
def test_a_value_out_of_its_range_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=f"1 validation error for Hyperparameters\n{key}\n"):
        Hyperparameters(**{key: value})


@pytest.mark.parametrize("key", ["learning_rate", "age_loss_weight"])
def test_infinity_is_no_setting_to_train_with(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        Hyperparameters(**{key: math.inf})


def test_settings_do_not_change_once_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Hyperparameters().epochs = 3
