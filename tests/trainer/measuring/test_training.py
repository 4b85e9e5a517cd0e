"""The measured cost of a training, including one that took two processes."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from tfx.components.trainer.fn_args_utils import FnArgs

from trainer.image_format import ImageFormat
from trainer.measuring import cost as measure_cost
from trainer.measuring import training as measure_training
from trainer.progress import LOGGER
from trainer.settings.hyperparameters import Hyperparameters

SETTINGS = Hyperparameters(architecture="compact", epochs=4, batch_size=4, steps_per_epoch=3)


@pytest.fixture
def clock(monkeypatch):
    """A clock whose CPU time advances at half the speed of its wall time."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(measure_cost, "_read_clocks", lambda: (clock.now, clock.now / 2))
    return clock


@pytest.fixture
def train(tmp_path: Path, monkeypatch, write_transformed, clock):
    """Simulates a process that starts after epoch `first` and may die in epoch `dies_in`."""
    files = write_transformed("train", [(age, 0, 0) for age in range(1, 11)])
    folder = tmp_path / "training"
    folder.mkdir()
    asked = []

    def run(first: int = 0, dies_in: int | None = None, settings: Hyperparameters = SETTINGS):
        def run_fn(fn_args: FnArgs) -> None:
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
        fn_args = FnArgs(train_files=[files], eval_files=[files], transform_graph_path="graph")
        return measure_training.train_once(settings, fn_args, folder)

    run.asked, run.folder = asked, folder
    return run


def test_the_result_has_the_cost_and_the_size_of_the_training(train) -> None:
    found = train()
    # 5 s to start, 10 s per epoch and 1 s to export.
    assert (found["seconds"], found["cpu_seconds"], found["processes"]) == (46.0, 23.0, 1)
    # 12 batches; a pass over 10 examples has 3 batches, the last one of 2.
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


def test_averaging_with_the_mirror_image_doubles_the_macs(train) -> None:
    sizes = [
        measure_training._measure_size(
            SETTINGS.model_copy(update={"average_mirrored": twice}), ImageFormat()
        )
        for twice in (False, True)
    ]
    assert sizes[1]["macs"] == 2 * sizes[0]["macs"]
    assert sizes[1]["parameters"] == sizes[0]["parameters"]


def test_a_finished_training_is_not_repeated(train) -> None:
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


def test_a_resumed_training_costs_the_time_of_both_processes(train) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(dies_in=3)
    found = train(first=2)
    # 5 s and two epochs; then 5 s, two epochs and 1 s. The lost part of epoch 3 is not counted.
    assert (found["seconds"], found["cpu_seconds"], found["processes"]) == (51.0, 25.5, 2)


def test_a_training_interrupted_in_its_first_epoch_restarts(train) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(dies_in=1)
    found = train(first=0)
    assert (found["seconds"], found["processes"]) == (46.0, 1)


def test_an_interrupted_training_whose_cost_is_lost_restarts(train) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(dies_in=3)
    (train.folder / "spent.json").write_text("{")
    found = train(first=2)
    assert (found["seconds"], found["processes"]) == (46.0, 1)


@pytest.mark.parametrize(
    ("examples", "epochs", "steps", "images"),
    [(10, 3, 0, 30), (10, 3, 2, 20), (10, 1, 1, 4), (8, 5, 1, 20), (3, 2, 0, 6)],
)
def test_images_are_counted_once_per_use(examples, epochs, steps, images) -> None:
    settings = Hyperparameters(batch_size=4, steps_per_epoch=steps)
    assert measure_training.count_images(examples, epochs, settings) == images
