"""The measures, by name: what each is made of, and what is perfect."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from components.fairness.columns import CALIBRATION_BINS, COUNT, Sums, confusion, excess, race
from trainer import features

_CLASSES = range(len(features.RACES))


@dataclass(frozen=True)
class Measure:
    """One figure of a cell.

    Attributes:
      key: its name.
      task: age, gender or race.
      words: what it is.
      best: what a perfect model has.
      of: makes it of sums: float64 [..., cells], NaN where it is not defined.
      share: the columns of a share of examples, the part and the whole; None of others.
    """

    key: str
    task: str
    words: str
    best: float
    of: Callable[[Sums], np.ndarray]
    share: tuple[str, str] | None = None

    @property
    def higher_is_better(self) -> bool:
        return self.best == 1


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def _share(key: str, words: str, best: float, part: str, whole: str = COUNT) -> Measure:
    return Measure(
        key=key,
        task=key.partition("_")[0],
        words=words,
        best=best,
        of=lambda sums: _divide(sums[part], sums[whole]),
        share=(part, whole),
    )


def _calibration(task: str) -> Measure:
    """The expected calibration error of Guo et al., "On Calibration of Modern Neural Networks"."""

    def of(sums: Sums) -> np.ndarray:
        gaps = [np.abs(sums[excess(task, number)]) for number in range(CALIBRATION_BINS)]
        return _divide(np.sum(gaps, axis=0), sums[COUNT])

    return Measure(f"{task}_calibration_error", task, "calibration error", 0, of)


def _macro_f1(sums: Sums) -> np.ndarray:
    """The mean F1 over the races that are in a cell; one that is not there has no recall."""
    matrix = np.stack(
        [np.stack([sums[confusion(true, said)] for said in _CLASSES], -1) for true in _CLASSES], -2
    )
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    there, said = matrix.sum(-1), matrix.sum(-2)
    scores = np.where(there > 0, _divide(2 * right, there + said), np.nan)
    present = (there > 0).sum(-1)
    return _divide(np.nansum(scores, axis=-1), present)


MEASURES: tuple[Measure, ...] = (
    Measure(
        "age_mae",
        "age",
        "mean absolute error, years",
        0,
        lambda sums: _divide(sums["age_absolute_error"], sums[COUNT]),
    ),
    Measure(
        "age_bias",
        "age",
        "mean error, years; above 0 people are made older",
        0,
        lambda sums: _divide(sums["age_error"], sums[COUNT]),
    ),
    Measure(
        "age_rmse",
        "age",
        "root mean squared error, years",
        0,
        lambda sums: np.sqrt(_divide(sums["age_squared_error"], sums[COUNT])),
    ),
    _share("age_close", "share within 5 years", 1, "age_close"),
    _share("gender_accuracy", "accuracy", 1, "gender_right"),
    _share("gender_fnr", "women taken for men", 0, "female_called_male", "female"),
    _share("gender_fpr", "men taken for women", 0, "male_called_female", "male"),
    _calibration("gender"),
    _share("race_accuracy", "accuracy", 1, "race_right"),
    Measure("race_macro_f1", "race", "mean F1 over the races", 1, _macro_f1),
    *(
        _share(
            f"race_recall_{name.lower()}",
            f"share of those labelled {name} who are found",
            1,
            confusion(number, number),
            race(number),
        )
        for number, name in enumerate(features.RACES)
    ),
    _calibration("race"),
)
