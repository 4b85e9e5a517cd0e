"""Disparities between the groups of an attribute."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.cells import GROUPINGS
from components.fairness.measure.intervals import basic_interval, finite_or_none
from trainer.measures.measure import Direction, Measure
from trainer.measures.registry import MEASURES
from trainer.tasks import TASKS, Kind, Task

_ERROR_RATES = ("fnr", "fpr")

# From values of groups, float64 [..., groups], to float64 [...].
_Figure = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval; None if undefined or infinite."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Disparity:
    """The disparity between the groups of an attribute, by one measure.

    Groups below the minimum size are left out. With fewer than two groups left, all figures are
    undefined.

    Attributes:
      measure: key of the measure.
      attribute: e.g. ("race",).
      worst: name of the worst group; for a bias, the group farthest from 0.
      best: name of the best group.
      left_out: names of the groups that are too small.
      gap: maximum minus minimum; 0 if all groups are equal.
      ratio: worst value over best value, 1 if all groups are equal; undefined for a bias.
      deviation: standard deviation over the groups, equally weighted; 0 if all are equal.
      epsilon: logarithm of maximum over minimum, for measures whose best value is 1; 0 if all
        groups are equal. Source: Karkkainen and Joo, "FairFace", WACV 2021.
    """

    measure: str
    attribute: tuple[str, ...]
    worst: str | None
    best: str | None
    left_out: tuple[str, ...]
    gap: Estimate
    ratio: Estimate
    deviation: Estimate
    epsilon: Estimate


@dataclass(frozen=True)
class OddsDifference:
    """The larger gap of the two error rates of a binary task; 0 if all groups are equal.

    Source: Agarwal et al., "A Reductions Approach to Fair Classification", ICML 2018. Same as
    equalized_odds_difference of fairlearn.
    """

    task: str
    attribute: tuple[str, ...]
    left_out: tuple[str, ...]
    difference: Estimate


def find_disparities(measured: Measured, *, min_examples: int) -> list[Disparity]:
    """Compares the groups of each attribute by each measure.

    The gap between noisy values is above 0 even if all groups are truly equal. The intervals
    correct for this: the interval of such a gap starts at 0.
    """
    return [
        _compare(measured, measure, attribute, min_examples)
        for attribute in GROUPINGS
        for measure in MEASURES
        if not measure.is_of_one_class
    ]


def find_odds_differences(measured: Measured, *, min_examples: int) -> list[OddsDifference]:
    """Compares the error rates of each binary task between the groups of each attribute.

    Groups of a single class have only one of the two rates, and are not compared.
    """
    differences = []
    for task in TASKS:
        if task.kind is not Kind.BINARY:
            continue
        keys = [f"{task.name}_{rate}" for rate in _ERROR_RATES]
        for attribute in GROUPINGS:
            if task.label_key in attribute:
                continue
            groups, small = _groups(measured, task, attribute, min_examples)
            gaps, resampled = (
                np.max([np.ptp(values[key][..., groups], axis=-1) for key in keys], axis=0)
                if len(groups) > 1
                else np.full(np.shape(values[keys[0]])[:-1], np.nan)
                for values in (measured.observed, measured.resampled)
            )
            difference = _estimate(gaps, resampled)
            differences.append(OddsDifference(task.name, attribute, small, difference))
    return differences


def _groups(
    measured: Measured, task: Task, attribute: tuple[str, ...], min_examples: int
) -> tuple[list[int], tuple[str, ...]]:
    """Returns the cells to compare, and the names of the cells that are too small."""
    cells = [number for number, cell in enumerate(measured.cells) if cell.slicing == attribute]
    counts = measured.counts_of(task)
    enough = [number for number in cells if counts[number] >= min_examples]
    small = tuple(measured.cells[number].name for number in cells if number not in set(enough))
    return enough, small


def _compare(
    measured: Measured, measure: Measure, attribute: tuple[str, ...], min_examples: int
) -> Disparity:
    groups, small = _groups(measured, measure.task, attribute, min_examples)
    observed = measured.observed[measure.key][groups]
    groups = [group for group, value in zip(groups, observed, strict=True) if np.isfinite(value)]
    names = [measured.cells[group].name for group in groups]
    observed = measured.observed[measure.key][groups]
    resampled = measured.resampled[measure.key][:, groups]
    figures = {
        name: _estimate(of(observed), of(resampled), *_range(name, measure))
        for name, of in _figures(measure).items()
        if len(groups) > 1
    }
    undefined = Estimate(None, None, None)
    distances = np.abs(observed - measure.best)
    return Disparity(
        measure=measure.key,
        attribute=attribute,
        worst=names[int(distances.argmax())] if len(groups) > 1 else None,
        best=names[int(distances.argmin())] if len(groups) > 1 else None,
        left_out=small,
        **{name: figures.get(name, undefined) for name in ("gap", "ratio", "deviation", "epsilon")},
    )


def _figures(measure: Measure) -> Mapping[str, _Figure]:
    figures: dict[str, _Figure] = {
        "gap": lambda values: np.ptp(values, axis=-1),
        "deviation": lambda values: np.std(values, axis=-1),
    }
    if measure.direction is Direction.ZERO:
        return figures
    if measure.higher_is_better:
        figures["ratio"] = lambda values: _divide(values.min(-1), values.max(-1))
        figures["epsilon"] = _epsilon
    else:
        figures["ratio"] = lambda values: _divide(values.max(-1), values.min(-1))
    return figures


def _range(name: str, measure: Measure) -> tuple[float, float]:
    """Returns the minimum and the maximum of a figure."""
    if name == "ratio":
        return (0, 1) if measure.higher_is_better else (1, math.inf)
    return 0, math.inf


def _epsilon(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -np.log(_divide(values.min(-1), values.max(-1)))


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def _estimate(
    value: np.ndarray, resampled: np.ndarray, least: float = 0, most: float = math.inf
) -> Estimate:
    low, high = basic_interval(value, np.where(np.isfinite(resampled), resampled, np.nan))
    # With many small groups, the observed gap may lie outside its corrected interval.
    low, high = np.minimum(low, value), np.maximum(high, value)
    return Estimate(*(finite_or_none(np.clip(end, least, most)) for end in (value, low, high)))
