"""Checkpoints that an interrupted training resumes from."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.state.checkpoints import Checkpoint, CheckpointFolder, training_key
from trainer.state.model_state import read_state, write_state


def checkpoint(epoch: int, best_epoch: int) -> Checkpoint:
    """Returns a checkpoint whose arrays contain the number of their epoch."""
    return Checkpoint(
        epoch=epoch,
        history=tuple({"val_loss": float(number)} for number in range(epoch)),
        best_epoch=best_epoch,
        state={"model/0": np.full(3, epoch, np.float32)},
        best={"model/0": np.full(3, best_epoch, np.float32)},
    )


def epochs_of(path) -> list[str]:
    return sorted(name.name.partition("-")[2] for name in path.iterdir())


@pytest.fixture
def folder(tmp_path) -> CheckpointFolder:
    return CheckpointFolder(str(tmp_path), "key")


def test_a_folder_without_checkpoints_loads_nothing(folder) -> None:
    assert folder.load() is None
    folder.remove()
    folder.remove_other_trainings()


def test_the_last_saved_checkpoint_is_loaded(folder) -> None:
    folder.save(checkpoint(1, 1))
    folder.save(checkpoint(2, 1))
    found = folder.load()
    assert (found.epoch, found.best_epoch) == (2, 1)
    assert found.history == ({"val_loss": 0.0}, {"val_loss": 1.0})
    assert found.state["model/0"].tolist() == [2.0] * 3
    assert found.best["model/0"].tolist() == [1.0] * 3


def test_only_the_last_and_the_best_checkpoint_are_kept(folder, tmp_path) -> None:
    for epoch, best in ((1, 1), (2, 2), (3, 2), (4, 2)):
        folder.save(checkpoint(epoch, best))
    assert epochs_of(tmp_path / "key") == ["epoch2.npz", "epoch4.npz"]
    folder.save(checkpoint(5, 5))
    assert epochs_of(tmp_path / "key") == ["epoch5.npz"]
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_best_checkpoint_is_written_even_if_its_epoch_was_not(folder, tmp_path) -> None:
    folder.save(checkpoint(4, 3))
    assert epochs_of(tmp_path / "key") == ["epoch3.npz", "epoch4.npz"]
    (tmp_path / "key" / next(iter(p.name for p in (tmp_path / "key").glob("*4.npz")))).unlink()
    # A training can resume from the best checkpoint alone.
    found = folder.load()
    assert (found.epoch, found.best_epoch, len(found.history)) == (3, 3, 3)


def test_a_damaged_checkpoint_is_skipped_for_the_previous_one(folder, tmp_path, caplog) -> None:
    folder.save(checkpoint(1, 1))
    folder.save(checkpoint(2, 1))
    (last,) = (tmp_path / "key").glob("*epoch2.npz")
    last.write_bytes(last.read_bytes()[:-100])
    assert folder.load().epoch == 1
    assert "epoch2.npz: skipped, not a complete checkpoint" in caplog.text
    (first,) = (tmp_path / "key").glob("*epoch1.npz")
    first.write_bytes(b"")
    assert folder.load() is None


def test_a_partly_written_checkpoint_is_ignored_and_deleted(folder, tmp_path) -> None:
    folder.save(checkpoint(1, 1))
    part = tmp_path / "key" / "29990101T000000.000000Z-epoch2.npz.part"
    part.write_bytes(b"half")
    assert folder.load().epoch == 1
    folder.save(checkpoint(2, 2))
    assert not part.exists()


def test_old_checkpoints_of_other_trainings_are_removed(tmp_path) -> None:
    for number in range(6):
        CheckpointFolder(str(tmp_path), f"{number:032x}").save(checkpoint(1, 1))
    (tmp_path / "request.json").touch()
    own = CheckpointFolder(str(tmp_path), f"{0:032x}")
    own.remove_other_trainings()
    kept = [f"{number:032x}" for number in (0, 3, 4, 5)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*kept, "request.json"]


def records(*values: bytes) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(list(values))


def test_the_key_depends_on_the_data_and_the_settings() -> None:
    settings = {"epochs": 2, "seed": 1}
    key = training_key([records(b"a", b"b"), records(b"c")], settings)
    assert len(key) == 32
    # The order of the examples and of the settings does not matter.
    turned = {"seed": 1, "epochs": 2}
    assert training_key([records(b"b", b"a"), records(b"c")], turned) == key
    others = {
        training_key([records(b"a", b"c"), records(b"b")], settings),
        training_key([records(b"a", b"b", b"b"), records(b"c")], settings),
        training_key([records(b"a", b"b"), records(b"c")], {"epochs": 3, "seed": 1}),
        training_key([records(b"ab"), records(b"c")], settings),
    }
    assert len(others) == 4 and key not in others


def model_with(units: int = 2) -> keras.Model:
    inputs = keras.Input((3,))
    x = keras.layers.BatchNormalization()(keras.layers.Dense(units)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.5)(x)))
    model.compile(optimizer=keras.optimizers.Adam(0.1, use_ema=True), loss="mse")
    return model


def train(model: keras.Model, steps: int) -> None:
    data = np.random.default_rng(0).normal(size=(steps, 4, 3)).astype("float32")
    for batch in data:
        model.train_on_batch(batch, batch[:, :1])


def test_a_model_resumes_from_its_state_with_identical_results() -> None:
    one, other = model_with(), model_with()
    train(one, 3)
    write_state(other, read_state(one))
    # Dropout draws the same masks only if its seeds are part of the state.
    train(one, 3)
    train(other, 3)
    expected, received = read_state(one), read_state(other)
    assert sorted(received) == sorted(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(received[name], array, err_msg=name)


def test_the_state_of_another_model_is_refused() -> None:
    model = model_with(units=4)
    before = read_state(model)
    with pytest.raises(ValueError, match=r"state of a model with the same variables.*differs in"):
        write_state(model, read_state(model_with(units=2)))
    assert all(np.array_equal(before[name], array) for name, array in read_state(model).items())
