"""The batches with weighted groups, with oversampled groups and without rebalancing."""

import collections
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer import features
from trainer.data.balance import GROUPS, Balance
from trainer.data.rebalancing import count_groups, oversample
from trainer.input_fn import input_fn, read_records
from trainer.losses.task_losses import compile_model
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import AGE, GENDER, RACE

# The counts of White male, White female, Black male and Others female; six groups are absent.
SHORT = (600, 250, 130, *[0] * 6, 20)


def _record(number: int, group: int) -> bytes:
    race, gender = divmod(group, len(GENDER.classes))
    values = {AGE.label_key: number, RACE.label_key: race, GENDER.label_key: gender}
    feature = {
        key: tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        for key, value in values.items()
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def _group(record: bytes) -> int:
    feature = tf.train.Example.FromString(record).features.feature
    race, gender = (feature[key].int64_list.value[0] for key in ("race", "gender"))
    return race * len(GENDER.classes) + gender


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    """Examples with the group counts of SHORT, in random order; the age is the position."""
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(len(GROUPS)), SHORT))
    return [_record(number, int(group)) for number, group in enumerate(groups)]


@pytest.fixture
def dataset(records: list[bytes]) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(records)


def _counts(drawn: list[bytes]) -> tuple[int, ...]:
    return count_groups(tf.data.Dataset.from_tensor_slices(drawn))


def _pass(dataset: tf.data.Dataset) -> list[bytes]:
    return list(dataset.as_numpy_iterator())


def test_groups_are_counted(dataset: tf.data.Dataset) -> None:
    assert count_groups(dataset) == SHORT


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_oversampled_epoch_has_equal_groups_and_the_split_size(dataset, seed) -> None:
    sampled = oversample(dataset, Balance("oversample", 100.0, SHORT), seed)
    for _ in range(3):
        counts = _counts(_pass(sampled))
        assert sum(counts) == 1000
        assert [count for count, before in zip(counts, SHORT, strict=True) if not before] == [0] * 6
        assert [count for count in counts if count] == pytest.approx([250] * 4, abs=1)


def test_no_example_is_drawn_more_often_than_the_maximum_weight(dataset) -> None:
    drawn = _pass(oversample(dataset, Balance("oversample", 3.0, SHORT), 1))
    counts = _counts(drawn)
    # The 20 examples come three times each; the other groups share the remaining 940.
    assert counts[9] == 60
    assert counts[:3] == pytest.approx([940 / 3] * 3, abs=1)
    assert sum(counts) == 1000
    assert max(collections.Counter(drawn).values()) == 3


def test_examples_of_a_group_are_drawn_equally_often_over_epochs(dataset, records) -> None:
    balance = Balance("oversample", 100.0, SHORT)
    sampled = oversample(dataset, balance, 1)
    epochs = 25
    drawn = collections.Counter(record for _ in range(epochs) for record in _pass(sampled))
    turns = np.array([drawn[record] for record in records])
    groups = np.array([_group(record) for record in records])
    # Five times the largest standard deviation of 25 random draws.
    slack = 5 * np.sqrt(epochs / 4)
    for group, weight in enumerate(balance.weights):
        np.testing.assert_allclose(turns[groups == group], epochs * weight, atol=slack)


def test_oversampling_depends_only_on_the_seed_and_the_epoch(dataset) -> None:
    balance = Balance("oversample", 100.0, SHORT)
    first, again, other = (oversample(dataset, balance, seed) for seed in (1, 1, 2))
    epochs = [_pass(first), _pass(first)]
    assert [_pass(again), _pass(again)] == epochs
    assert epochs[0] != epochs[1]
    assert _pass(other) != epochs[0]


ROWS = [(20, 0, 0), (30, 0, 0), (40, 0, 0), (50, 1, 0), (60, 1, 4)]
WEIGHTS = {20: 5 / 9, 30: 5 / 9, 40: 5 / 9, 50: 5 / 3, 60: 5 / 3}


def _count(pattern: str) -> tuple[int, ...]:
    return count_groups(read_records([pattern]))


def test_a_weighted_batch_has_the_weight_of_each_example(write_transformed, transform_output):
    pattern = write_transformed("train", ROWS)
    balance = Balance("weights", 10.0, _count(pattern))
    batches = input_fn(
        [pattern], transform_output, batch_size=2, shuffle_seed=3, balance=balance
    ).as_numpy_iterator()
    seen = {}
    for images, labels, weights in batches:
        assert weights.dtype == np.float32 and weights.shape == (len(images),)
        seen |= zip(labels["age_output"][:, 0].tolist(), weights.tolist(), strict=True)
    assert seen == pytest.approx(WEIGHTS)


@pytest.mark.parametrize("seed", [None, 3])
def test_without_a_balance_batches_are_unchanged(write_transformed, transform_output, seed) -> None:
    pattern = write_transformed("train", ROWS)
    plain = tf.data.TFRecordDataset(tf.io.gfile.glob(pattern), compression_type="GZIP")
    if seed is not None:
        plain = plain.shuffle(10_000, seed=seed)
    spec = {AGE.label_key: tf.io.FixedLenFeature([], tf.int64)}
    plain = plain.batch(2).map(lambda batch: tf.io.parse_example(batch, spec)[AGE.label_key])
    batches = input_fn([pattern], transform_output, batch_size=2, shuffle_seed=seed)
    for _ in range(2):
        ages = [labels["age_output"][:, 0].tolist() for _, labels in batches.as_numpy_iterator()]
        assert ages == [batch.tolist() for batch in plain.as_numpy_iterator()]


def test_an_oversampled_epoch_is_shuffled(write_transformed, transform_output):
    pattern = write_transformed("train", [*[(age, 0, 0) for age in range(1, 20)], (99, 1, 4)])
    balance = Balance("oversample", 10.0, _count(pattern))
    batches = input_fn([pattern], transform_output, batch_size=8, shuffle_seed=3, balance=balance)
    ages = [labels["age_output"][:, 0].tolist() for _, labels in batches.as_numpy_iterator()]
    assert [len(batch) for batch in ages] == [8, 8, 4]
    drawn = list(itertools.chain.from_iterable(ages))
    assert drawn.count(99) == 10
    # Without shuffling, the ten copies would be consecutive.
    assert [age for age, _ in itertools.groupby(drawn)].count(99) > 1


def _constant_model() -> keras.Model:
    """A model that always predicts age 10, female 0.8 and race 0 with 0.6."""
    inputs = keras.Input(features.IMAGE_SHAPE)
    x = keras.layers.GlobalAveragePooling2D()(inputs)

    def head(units: int, activation: str | None, bias: list[float]) -> keras.KerasTensor:
        dense = keras.layers.Dense(units, activation, kernel_initializer="zeros")
        outputs = dense(x)
        dense.bias.assign(bias)
        return outputs

    outputs = {
        AGE.output_key: head(1, None, [10.0]),
        GENDER.output_key: head(1, "sigmoid", [float(np.log(4))]),
        RACE.output_key: head(5, "softmax", np.log([0.6, 0.1, 0.1, 0.1, 0.1]).tolist()),
    }
    return keras.Model(inputs, outputs)


def test_weights_scale_all_losses_and_no_metric(write_transformed, transform_output) -> None:
    pattern = write_transformed("train", ROWS)
    balance = Balance("weights", 10.0, _count(pattern))
    weighed = input_fn([pattern], transform_output, batch_size=5, balance=balance)
    plain = input_fn([pattern], transform_output, batch_size=5)
    model = _constant_model()
    plainly = {"age_loss": "mse", "label_smoothing": 0.0, "schedule": "constant"}
    compile_model(model, Hyperparameters(gender_loss_weight=2.0, **plainly))

    def loss(weights: dict[int, float]) -> float:
        total = 0.0
        for age, gender, race in ROWS:
            one = 0.03 * (age - 10) ** 2
            one -= 2.0 * np.log(0.8 if gender else 0.2)
            one -= np.log(0.1 if race else 0.6)
            total += weights[age] * one
        return total / len(ROWS)

    got = model.evaluate(weighed, verbose=0, return_dict=True)
    without = model.evaluate(plain, verbose=0, return_dict=True)
    assert got["loss"] == pytest.approx(loss(WEIGHTS), rel=1e-5)
    assert without["loss"] == pytest.approx(loss(dict.fromkeys(WEIGHTS, 1.0)), rel=1e-5)
    for name in ("age_output_mae", "gender_output_accuracy", "race_output_accuracy"):
        assert got[name] == pytest.approx(without[name])
    assert without["gender_output_accuracy"] == pytest.approx(2 / 5)
