"""How much the measures would vary if other people of the same kinds had been photographed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from components.fairness.measure.cells import Cell, find_atoms, make_cells, memberships
from trainer.measures.columns import Confused
from trainer.measures.measure import Measure
from trainer.measures.registry import MEASURES
from trainer.measures.statistic import Column, Ranked, Summed, everyone
from trainer.predictions import Predictions
from trainer.tasks import TASKS, Task

# An end of a 95% interval rests on the 2.5% of them that lie beyond it: with 2,000 those are 50,
# and the share that truly lies beyond it is known to 0.35 percentage points.
RESAMPLES = 2000
# So many at a time, or fewer if the split is large: their weights take 4 bytes an example.
_CHUNK = 250
_CHUNK_WEIGHTS = 50_000_000


@dataclass(frozen=True)
class Sums:
    """Weighted sums over the examples of each cell.

    Attributes:
      places: of the columns in `values`, by task and column. That of the number of examples has
        no task, and goes for each task whose labels are all known.
      values: float64 [..., cells, columns].
    """

    places: Mapping[tuple[Task | None, Column], int]
    values: np.ndarray

    def of(self, task: Task, *columns: Column) -> list[np.ndarray]:
        """Returns the sums of columns of a task: float64 [..., cells] each."""
        keys = ((task, column) for column in columns)
        places = (self.places[key if key in self.places else (None, key[1])] for key in keys)
        return [self.values[..., place] for place in places]


@dataclass(frozen=True)
class Measured:
    """The measures of one model on all cells.

    Attributes:
      cells: the slices.
      counts: int64 [cells], the examples of each.
      sums: of the examples as they are.
      observed: by measure, float64 [cells]; NaN where it is not defined.
      resampled: by measure, float64 [resamples, cells].
      known: int64 [cells], the examples whose label is known, of each task that lacks some.
    """

    cells: tuple[Cell, ...]
    counts: np.ndarray
    sums: Sums
    observed: Mapping[str, np.ndarray]
    resampled: Mapping[str, np.ndarray]
    known: Mapping[Task, np.ndarray] = field(default_factory=dict)

    def counts_of(self, task: Task) -> np.ndarray:
        """Returns the examples that a task is measured on: int64 [cells]."""
        return self.known.get(task, self.counts)


def measure(
    predictions: Predictions,
    *,
    measures: Sequence[Measure] = MEASURES,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Measured:
    """Measures a model on the examples as they are, and as often as asked for on resamples.

    A resample counts each example as often as a draw from the Poisson distribution of mean 1
    says, as TFMA's POISSON_BOOTSTRAP does; all cells of a resample have the same counts, so that
    differences between them vary as they should. Two models on the same examples with the same
    seed have the same resamples.

    Args:
      predictions: of the model.
      measures: what to measure.
      resamples: how many.
      seed: of the draws.
    """
    cells = make_cells()
    summer = _Summer(predictions, measures, cells)
    ones = np.ones((1, len(predictions)), np.float32)
    sums, whole = summer.measure(ones)
    sums = Sums(sums.places, sums.values[0])
    chunks = [summer.measure(weights)[1] for weights in _draw(len(predictions), resamples, seed)]
    return Measured(
        cells=cells,
        counts=_whole(sums.values[:, sums.places[None, everyone]]),
        sums=sums,
        observed={key: values[0] for key, values in whole.items()},
        resampled={
            key: np.concatenate([chunk[key] for chunk in chunks])
            if chunks
            else np.empty((0, len(cells)))
            for key in whole
        },
        known={task: _whole(sums.of(task, everyone)[0]) for task in summer.partly_known},
    )


class _Summer:
    """Sums the columns of the finest groups, and adds those up.

    Attributes:
      partly_known: the tasks of which some examples lack the label.
    """

    def __init__(
        self, predictions: Predictions, measures: Sequence[Measure], cells: Sequence[Cell]
    ):
        members = memberships(cells)
        atoms = find_atoms(predictions.labels)
        present = np.unique(atoms)
        # A split without examples has a group without any.
        self._members = members[:, present if len(present) else [0]].astype(np.float64)
        self._atoms = [np.flatnonzero(atoms == atom) for atom in present]
        self._measures = measures
        self._predictions = {task: predictions.of(task) for task in TASKS}
        self.partly_known = [task for task, one in self._predictions.items() if not one.known.all()]
        columns: dict[tuple[Task | None, Column], Column] = {(None, everyone): everyone}
        columns |= {(task, everyone): everyone for task in self.partly_known}
        for task in TASKS:
            codes = range(len(task.classes))
            columns |= {(task, one): one for one in (Confused(a, b) for a in codes for b in codes)}
        for one in measures:
            if isinstance(one.statistic, Summed):
                columns |= {
                    (one.task, column): column
                    for column in one.statistic.columns
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
        # Of the finest groups alone nothing is ranked: most hold too few examples of a class.
        self._ranked = [np.flatnonzero(members[cell][atoms]) for cell in range(len(cells))]

    def measure(self, weights: np.ndarray) -> tuple[Sums, dict[str, np.ndarray]]:
        """Returns the sums, and by measure float64 [resamples, cells].

        Args:
          weights: of the examples, float32 [resamples, n].
        """
        parts = [weights[:, found] @ self._columns[found] for found in self._atoms]
        if not parts:
            parts = [np.zeros((len(weights), len(self._places)))]
        values = np.moveaxis(np.tensordot(self._members, np.stack(parts), axes=1), 0, 1)
        sums = Sums(self._places, values)
        return sums, {one.key: self._value(one, sums, weights) for one in self._measures}

    def _value(self, measure: Measure, sums: Sums, weights: np.ndarray) -> np.ndarray:
        if isinstance(measure.statistic, Ranked):
            predictions = self._predictions[measure.task]
            return np.stack(
                [
                    measure.statistic.value(predictions.take(found), weights[:, found])
                    for found in self._ranked
                ],
                axis=1,
            )
        return measure.statistic.value(*sums.of(measure.task, *measure.statistic.columns))


def _whole(counts: np.ndarray) -> np.ndarray:
    return np.rint(counts).astype(np.int64)


def _draw(examples: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(seed)
    size = max(1, min(_CHUNK, _CHUNK_WEIGHTS // max(1, examples)))
    for first in range(0, resamples, size):
        shape = (min(size, resamples - first), examples)
        yield generator.poisson(1.0, shape).astype(np.float32)
