"""The settings of a training: the tutorial's values, and no others by mistake."""

import math
from typing import get_args

import pytest
from pydantic import ValidationError

from trainer import models
from trainer.hyperparameters import Hyperparameters


def test_the_defaults_are_the_tutorials() -> None:
    assert Hyperparameters().model_dump() == {
        "architecture": "compact",
        "epochs": 10,
        "steps_per_epoch": 0,
        "batch_size": 32,
        "learning_rate": 0.005,
        "age_loss_weight": 0.03,
        "gender_loss_weight": 1.0,
        "race_loss_weight": 1.0,
        "rebalance": "none",
        "rebalance_max_weight": 10.0,
        "seed": 1,
    }


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
    with pytest.raises(ValidationError, match="Input should be 'compact' or 'seed'"):
        Hyperparameters(architecture="resnet")
    with pytest.raises(ValueError, match=r"out of \['compact', 'seed'\]\. Received: .*'resnet'"):
        models.build("resnet")


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
