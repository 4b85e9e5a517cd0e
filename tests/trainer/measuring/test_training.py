"""What a training is said to have cost, also one that took two processes."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from tfx import v1 as tfx

from trainer.image_format import ImageFormat
from trainer.measuring import cost as measure_cost
from trainer.measuring import training as measure_training
from trainer.progress import LOGGER
from trainer.settings.hyperparameters import Hyperparameters

SETTINGS = Hyperparameters(architecture="compact", epochs=4, batch_size=4, steps_per_epoch=3)


@pytest.fixture
def clock(monkeypatch):
    """A clock, and one of CPU time that runs at half its speed."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(measure_cost, "_read_clocks", lambda: (clock.now, clock.now / 2))
    return clock


@pytest.fixture
def train(tmp_path: Path, monkeypatch, write_transformed, clock):
    """Trains in a process that begins after an epoch, and may die in a later one."""
    files = write_transformed("train", [(age, 0, 0) for age in range(1, 11)])
    folder = tmp_path / "training"
    folder.mkdir()
    asked = []

    def run(first: int = 0, dies_in: int | None = None, settings: Hyperparameters = SETTINGS):
        def run_fn(fn_args: tfx.components.FnArgs) -> None:
            asked.append(fn_args)
            checkpoints = Path(fn_args.custom_config["checkpoints"])
            checkpoints.mkdir(exist_ok=True)
            clock.now += 5
            after = first if list(checkpoints.iterdir()) else 0
            epochs = range(after + 1, settings.epochs + 1)
            for epoch in epochs:
                clock.now += 10
                if epoch == dies_in:
                    raise KeyboardInterrupt
                training = {"epoch": epoch, "epochs": settings.epochs}
                LOGGER.info("ended", extra={"training": training})
                (checkpoints / f"{epoch}").touch()
            clock.now += 1
            logs = {"loss": 3.0, "val_loss": 2.0}
            history = {
                "best_epoch": 2,
                "resumed_after": after,
                "epochs": [{"epoch": n + 1, **logs} for n in range(settings.epochs)],
            }
            Path(fn_args.model_run_dir).mkdir()
            Path(fn_args.model_run_dir, "history.json").write_text(json.dumps(history))
            Path(fn_args.serving_model_dir).mkdir()
            Path(fn_args.serving_model_dir, "saved_model.pb").touch()

        monkeypatch.setattr(measure_training, "run_fn", run_fn)
        monkeypatch.setattr(LOGGER, "level", 10)
        fn_args = tfx.components.FnArgs(
            train_files=[files], eval_files=[files], transform_graph_path="graph"
        )
        return measure_training.train_once(settings, fn_args, folder)

    run.asked, run.folder = asked, folder
    return run


def test_a_training_is_told_with_its_cost_and_size(train) -> None:
    found = train()
    # 5 to begin with, 10 an epoch, and 1 to export.
    assert (found["seconds"], found["cpu_seconds"], found["processes"]) == (46.0, 23.0, 1)
    # 12 batches; a pass over 10 examples has 3, the last of 2.
    assert found["images"] == 40
    assert found["images_per_cpu_second"] == 40 / 23
    assert (found["epochs"], found["best_epoch"]) == (4, 2)
    assert found["history"][3] == {"epoch": 4, "val_loss": 2.0}
    assert found["flops"] == 2 * found["macs"] > 1_000_000
    assert found["machine"]["device"] and found["machine"]["cpus"] >= 1
    (asked,) = train.asked
    assert (
        Hyperparameters(
            **{key: value for key, value in asked.custom_config.items() if key != "checkpoints"}
        )
        == SETTINGS
    )


def test_what_looks_at_the_mirror_image_as_well_costs_twice_as_much(train) -> None:
    sizes = [
        measure_training._measure_size(
            SETTINGS.model_copy(update={"average_mirrored": twice}), ImageFormat()
        )
        for twice in (False, True)
    ]
    assert sizes[1]["macs"] == 2 * sizes[0]["macs"]
    assert sizes[1]["parameters"] == sizes[0]["parameters"]


def test_what_is_done_is_not_trained_again(train) -> None:
    found = train()
    assert train() == found
    assert len(train.asked) == 1
    (train.folder / "serving" / "saved_model.pb").unlink()
    (train.folder / "serving").rmdir()
    for path in (train.folder / "model_run").iterdir():
        path.unlink()
    (train.folder / "model_run").rmdir()
    train()
    assert len(train.asked) == 2


def test_a_training_that_was_interrupted_costs_what_both_processes_needed(train) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(dies_in=3)
    found = train(first=2)
    # 5 and two epochs; then 5, two epochs and 1: the lost part of the third is not counted.
    assert (found["seconds"], found["cpu_seconds"], found["processes"]) == (51.0, 25.5, 2)


def test_one_that_was_interrupted_in_its_first_epoch_begins_anew(train) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(dies_in=1)
    found = train(first=0)
    assert (found["seconds"], found["processes"]) == (46.0, 1)


def test_one_whose_cost_is_lost_begins_anew(train) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(dies_in=3)
    (train.folder / "spent.json").write_text("{")
    found = train(first=2)
    assert (found["seconds"], found["processes"]) == (46.0, 1)


@pytest.mark.parametrize(
    ("examples", "epochs", "steps", "images"),
    [(10, 3, 0, 30), (10, 3, 2, 20), (10, 1, 1, 4), (8, 5, 1, 20), (3, 2, 0, 6)],
)
def test_images_are_counted_as_often_as_they_come(examples, epochs, steps, images) -> None:
    settings = Hyperparameters(batch_size=4, steps_per_epoch=steps)
    assert measure_training.count_images(examples, epochs, settings) == images
