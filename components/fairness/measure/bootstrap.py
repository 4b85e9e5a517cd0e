"""Bootstrap of the measures: how much they would vary with other people of the same groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from components.fairness.measure.cells import Cell, find_atoms, make_cells, memberships
from components.fairness.measure.intervals import percentile_interval, wilson_interval
from trainer.measures.columns import Confused
from trainer.measures.measure import Measure
from trainer.measures.registry import BY_KEY, MEASURES
from trainer.measures.statistic import Column, Ranked, Share, Summed, everyone
from trainer.predictions import Predictions
from trainer.tasks import TASKS, Task

# 2.5% of the resamples lie beyond each end of a 95% interval: 50 of 2,000. The true share beyond
# the end is then known to 0.35 percentage points.
RESAMPLES = 2000
# Resamples at a time; fewer for large splits, because weights take 4 bytes per example.
_CHUNK = 250
_CHUNK_WEIGHTS = 50_000_000


@dataclass(frozen=True)
class Sums:
    """Weighted sums over the examples of each cell.

    Attributes:
      places: index of each column in `values`, by task and column. The number of examples has no
        task, and serves each task whose labels are all known.
      values: float64 [..., cells, columns].
    """

    places: Mapping[tuple[Task | None, Column], int]
    values: np.ndarray

    def of(self, task: Task, *columns: Column) -> list[np.ndarray]:
        """Returns the sums of the columns for a task: float64 [..., cells] each."""
        keys = ((task, column) for column in columns)
        places = (self.places[key if key in self.places else (None, key[1])] for key in keys)
        return [self.values[..., place] for place in places]


@dataclass(frozen=True)
class Measured:
    """The measures of a model on all cells.

    Attributes:
      cells: the slices.
      counts: number of examples of each cell, int64 [cells].
      sums: sums over the original examples.
      observed: values on the original examples by measure, float64 [cells]; NaN if undefined.
      resampled: values on the resamples by measure, float64 [resamples, cells].
      known: number of examples with a known label, int64 [cells], for each task with unknown ones.
    """

    cells: tuple[Cell, ...]
    counts: np.ndarray
    sums: Sums
    observed: Mapping[str, np.ndarray]
    resampled: Mapping[str, np.ndarray]
    known: Mapping[Task, np.ndarray] = field(default_factory=dict)

    @cached_property
    def intervals(self) -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
        """The ends of the 95% intervals by measure, float64 [cells] each.

        Shares have Wilson intervals, other measures bootstrap intervals. Ends are NaN if the
        measure is undefined. Bootstrap ends are also NaN for a cell with one example, which shows
        no variation.
        """
        intervals = {}
        for key, resampled in self.resampled.items():
            measure = BY_KEY[key]
            if isinstance(measure.statistic, Share):
                part, whole = self.sums.of(measure.task, *measure.statistic.columns)
                intervals[key] = wilson_interval(part, whole)
            else:
                defined = np.isfinite(self.observed[key]) & (self.counts_of(measure.task) > 1)
                low, high = percentile_interval(resampled)
                intervals[key] = np.where(defined, low, np.nan), np.where(defined, high, np.nan)
        return intervals

    def counts_of(self, task: Task) -> np.ndarray:
        """Returns the number of examples that a task is measured on: int64 [cells]."""
        return self.known.get(task, self.counts)


def measure(
    predictions: Predictions,
    *,
    measures: Sequence[Measure] = MEASURES,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Measured:
    """Measures a model on the original examples and on resamples.

    A resample draws the weight of each example from the Poisson distribution of mean 1, as TFMA's
    POISSON_BOOTSTRAP does. All cells of a resample share these weights, so differences between
    cells vary correctly. The same examples and seed give the same resamples for any model.

    Args:
      predictions: predictions of the model.
      measures: the measures to compute.
      resamples: number of resamples.
      seed: seed of the draws.
    """
    cells = make_cells()
    cell_sums = _CellSums(predictions, measures, cells)
    ones = np.ones((1, len(predictions)), np.float32)
    sums, whole = cell_sums.measure(ones)
    sums = Sums(sums.places, sums.values[0])
    chunks = [cell_sums.measure(weights)[1] for weights in _draw(len(predictions), resamples, seed)]
    return Measured(
        cells=cells,
        counts=_to_counts(sums.values[:, sums.places[None, everyone]]),
        sums=sums,
        observed={key: values[0] for key, values in whole.items()},
        resampled={
            key: np.concatenate([chunk[key] for chunk in chunks])
            if chunks
            else np.empty((0, len(cells)))
            for key in whole
        },
        known={task: _to_counts(sums.of(task, everyone)[0]) for task in cell_sums.partly_known},
    )


class _CellSums:
    """Sums the columns over the finest groups, and adds these sums up to cells.

    Attributes:
      partly_known: the tasks with unknown labels.
    """

    def __init__(
        self, predictions: Predictions, measures: Sequence[Measure], cells: Sequence[Cell]
    ):
        members = memberships(cells)
        atoms = find_atoms(predictions.labels)
        present = np.unique(atoms)
        # A split without examples still gets one group, which is empty.
        self._members = members[:, present if len(present) else [0]].astype(np.float64)
        self._atoms = [np.flatnonzero(atoms == atom) for atom in present]
        self._measures = measures
        self._predictions = {task: predictions.of(task) for task in TASKS}
        self.partly_known = [
            task for task, outcomes in self._predictions.items() if not outcomes.known.all()
        ]
        columns: dict[tuple[Task | None, Column], Column] = {(None, everyone): everyone}
        columns |= {(task, everyone): everyone for task in self.partly_known}
        for task in TASKS:
            codes = range(len(task.classes))
            columns |= {
                (task, pair): pair for pair in (Confused(a, b) for a in codes for b in codes)
            }
        for measure in measures:
            if isinstance(measure.statistic, Summed):
                columns |= {
                    (measure.task, column): column
                    for column in measure.statistic.columns
                    if column is not everyone
                }
        self._places = {key: place for place, key in enumerate(columns)}
        self._columns = np.stack(
            [
                np.asarray(column(self._predictions[task]), np.float64)
                if task
                else np.ones(len(predictions))
                for (task, _), column in columns.items()
            ],
            axis=1,
        )
        # Rank whole cells: most of the finest groups have too few examples of a class.
        self._ranked = [np.flatnonzero(members[cell][atoms]) for cell in range(len(cells))]

    def measure(self, weights: np.ndarray) -> tuple[Sums, dict[str, np.ndarray]]:
        """Returns the sums, and the values by measure, float64 [resamples, cells].

        Args:
          weights: weights of the examples, float32 [resamples, n].
        """
        parts = [weights[:, rows] @ self._columns[rows] for rows in self._atoms]
        if not parts:
            parts = [np.zeros((len(weights), len(self._places)))]
        values = np.moveaxis(np.tensordot(self._members, np.stack(parts), axes=1), 0, 1)
        sums = Sums(self._places, values)
        return sums, {each.key: self._value(each, sums, weights) for each in self._measures}

    def _value(self, measure: Measure, sums: Sums, weights: np.ndarray) -> np.ndarray:
        if isinstance(measure.statistic, Ranked):
            predictions = self._predictions[measure.task]
            return np.stack(
                [
                    measure.statistic.value(predictions.take(rows), weights[:, rows])
                    for rows in self._ranked
                ],
                axis=1,
            )
        return measure.statistic.value(*sums.of(measure.task, *measure.statistic.columns))


def _to_counts(counts: np.ndarray) -> np.ndarray:
    return np.rint(counts).astype(np.int64)


def _draw(examples: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(seed)
    size = max(1, min(_CHUNK, _CHUNK_WEIGHTS // max(1, examples)))
    for first in range(0, resamples, size):
        shape = (min(size, resamples - first), examples)
        yield generator.poisson(1.0, shape).astype(np.float32)
