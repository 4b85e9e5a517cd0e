"""The model, its losses and its keys follow from the declarations of the tasks."""

import numpy as np
import pytest

from trainer import features, models
from trainer.image_format import ImageFormat
from trainer.losses.task_losses import compile_model
from trainer.models.heads import head_units
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import AGE, CLASSES, GENDER, RACE, TASKS, Kind, Task

GLASSES = Task(
    name="glasses",
    kind=Kind.MULTICLASS,
    classes=("none", "clear", "dark"),
)


def test_a_task_has_words_for_all_of_its_classes_or_none() -> None:
    assert GENDER.people == ("men", "women")
    assert all(len(task.people) in (0, len(task.classes)) for task in TASKS)


def test_keys_follow_from_the_name() -> None:
    assert (GLASSES.label_key, GLASSES.output_key) == ("glasses", "glasses_output")
    assert GLASSES.history_key == "glasses_output_accuracy"


def test_classes_and_label_ranges_follow_from_the_tasks() -> None:
    assert {"gender": GENDER.classes, "race": RACE.classes} == CLASSES
    assert [(task.minimum, task.maximum) for task in TASKS] == [(0, 116), (0, 1), (0, 4)]


@pytest.mark.parametrize(
    ("task", "units"),
    [(AGE, 117), (GENDER, 1), (RACE, 5), (GLASSES, 3)],
)
def test_the_width_of_a_head_follows_from_the_task(task: Task, units: int) -> None:
    assert head_units(task, Hyperparameters()) == units


def test_the_loss_weight_comes_from_the_setting_of_the_task() -> None:
    set_ones = Hyperparameters(age_loss_weight=2, gender_loss_weight=3, race_loss_weight=4)
    assert [set_ones.loss_weight_of(task) for task in TASKS] == [2, 3, 4]
    assert Hyperparameters(age_loss="mse").loss_weight_of(AGE) == 0.03


@pytest.mark.parametrize("architecture", sorted(models.ARCHITECTURES))
def test_a_model_has_the_outputs_of_the_tasks_in_order(architecture: str) -> None:
    hyperparameters = Hyperparameters(architecture=architecture)
    model = models.build(hyperparameters, ImageFormat())
    widths = [(name, output.shape[-1]) for name, output in model.output.items()]
    assert widths == [(task.output_key, head_units(task, hyperparameters)) for task in TASKS]
    ends = [model.get_layer(task.output_key).activation.__name__ for task in TASKS]
    assert ends == ["linear", "sigmoid", "softmax"]


def test_a_training_reports_the_metric_of_each_task() -> None:
    hyperparameters = Hyperparameters(architecture="compact")
    model = compile_model(models.build(hyperparameters, ImageFormat()), hyperparameters, steps=10)
    labels = {task.output_key: np.zeros((2, 1)) for task in TASKS}
    scores = model.evaluate(
        np.zeros((2, *features.IMAGE_SHAPE)), labels, verbose=0, return_dict=True
    )
    assert {task.history_key for task in TASKS} < set(scores)
