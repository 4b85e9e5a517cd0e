"""When two models answer alike."""

import re

import numpy as np
import pytest

from pipeline.tools.exporting.parity import ParityError, compare, make_images

Outputs = dict[str, np.ndarray]
SHAPE = (96, 96, 3)


def answers(pixels: np.ndarray) -> Outputs:
    brightness = (pixels.mean(axis=(1, 2, 3), keepdims=True) / 255)[:, :, 0, 0]
    return {
        "age_output": brightness * 100,
        "gender_output": brightness,
        "race_output": np.tile(brightness, (1, 5)) / 5,
    }


def with_added(name: str, amount: float):
    """Returns what adds to one output of the last picture of a batch."""

    def other(pixels: np.ndarray) -> Outputs:
        outputs = answers(pixels)
        outputs[name][-1, -1] += amount
        return outputs

    return other


def test_the_pictures_are_the_same_every_time_and_all_different() -> None:
    pictures = make_images(SHAPE)
    assert (pictures.shape, pictures.dtype) == ((10, 96, 96, 3), np.uint8)
    np.testing.assert_array_equal(pictures, make_images(SHAPE))
    assert len({picture.tobytes() for picture in pictures}) == 10
    steps = np.abs(np.diff(pictures.astype(int), axis=2)).mean(axis=(1, 2, 3))
    assert (steps[:4] > 60).all() and (steps[4:] < 10).all()
    assert (pictures[8] == 0).all() and (pictures[9] == 255).all()


def test_equal_answers_differ_by_nothing() -> None:
    nothing = {"age_output": 0.0, "gender_output": 0.0, "race_output": 0.0}
    assert compare(answers, answers, SHAPE) == nothing


@pytest.mark.parametrize(
    ("name", "amount"), [("age_output", 0.009), ("gender_output", -9e-5), ("race_output", 9e-5)]
)
def test_what_is_tolerated_is_told(name: str, amount: float) -> None:
    differences = compare(answers, with_added(name, amount), SHAPE)
    assert differences.pop(name) == pytest.approx(abs(amount), rel=1e-3)
    assert set(differences.values()) == {0.0}


@pytest.mark.parametrize(
    ("name", "amount", "words"),
    [
        ("age_output", 0.011, "age_output by 0.011, where 0.01 is allowed."),
        ("age_output", -3.0, "age_output by 3, where 0.01 is allowed."),
        ("gender_output", 2e-4, "gender_output by 0.0002, where 0.0001 is allowed."),
        ("race_output", -2e-4, "race_output by 0.0002, where 0.0001 is allowed."),
        ("race_output", float("nan"), "race_output by nan, where 0.0001 is allowed."),
    ],
)
def test_what_is_not_tolerated_is_named(name: str, amount: float, words: str) -> None:
    with pytest.raises(ParityError, match=f"; these differ: {re.escape(words)}$"):
        compare(answers, with_added(name, amount), SHAPE)


def test_one_picture_by_itself_counts_too() -> None:
    def other(pixels: np.ndarray) -> Outputs:
        return with_added("age_output", 1.0 if len(pixels) == 1 else 0.0)(pixels)

    with pytest.raises(ParityError, match="age_output by 1"):
        compare(answers, other, SHAPE)


def test_outputs_of_other_names_or_shapes_are_refused() -> None:
    def narrow(pixels: np.ndarray) -> Outputs:
        return {**answers(pixels), "race_output": answers(pixels)["gender_output"]}

    with pytest.raises(ParityError, match=r"found \{.*'race_output': \(10, 1\)\}"):
        compare(answers, narrow, SHAPE)
    with pytest.raises(ParityError, match=r"found \{'age': \(10, 1\)\}"):
        compare(answers, lambda pixels: {"age": answers(pixels)["age_output"]}, SHAPE)
    with pytest.raises(ParityError, match=r"Expected the outputs \{\}, named \['age_output', "):
        compare(lambda pixels: {}, lambda pixels: {}, SHAPE)
