"""How much the measures would vary if other people of the same kinds had been photographed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.fairness.auc import weighted_auc
from components.fairness.cells import Cell, atoms_of, make_cells, memberships
from components.fairness.columns import COUNT, Sums, make_columns
from components.fairness.measures import MEASURES
from components.fairness.outcomes import Outcomes

GENDER_AUC = "gender_auc"
# An end of a 95% interval rests on the 2.5% of them that lie beyond it: with 2,000 those are 50,
# and the share that truly lies beyond it is known to 0.35 percentage points.
RESAMPLES = 2000
# So many at a time, or fewer if the split is large: their weights take 4 bytes an example.
_CHUNK = 250
_CHUNK_WEIGHTS = 50_000_000


@dataclass(frozen=True)
class Measured:
    """The measures of one model on all cells.

    Attributes:
      cells: the slices.
      counts: int64 [cells], the examples of each.
      sums: of the examples as they are.
      observed: by measure, float64 [cells]; NaN where it is not defined.
      resampled: by measure, float64 [resamples, cells].
    """

    cells: tuple[Cell, ...]
    counts: np.ndarray
    sums: Sums
    observed: Mapping[str, np.ndarray]
    resampled: Mapping[str, np.ndarray]


def measure(outcomes: Outcomes, *, resamples: int = RESAMPLES, seed: int = 0) -> Measured:
    """Measures a model on the examples as they are, and as often as asked for on resamples.

    A resample counts each example as often as a draw from the Poisson distribution of mean 1
    says, as TFMA's POISSON_BOOTSTRAP does; all cells of a resample have the same counts, so that
    differences between them vary as they should. Two models on the same examples with the same
    seed have the same resamples.

    Args:
      outcomes: what the model answered.
      resamples: how many.
      seed: of the draws.
    """
    cells = make_cells()
    columns = make_columns(outcomes)
    summer = _Summer(outcomes, columns, cells)
    whole = summer.measure(np.ones((1, len(outcomes)), np.float32))
    sums = summer.sums(np.ones((1, len(outcomes)), np.float32))
    chunks = [summer.measure(weights) for weights in _draw(len(outcomes), resamples, seed)]
    return Measured(
        cells=cells,
        counts=np.rint(sums[COUNT][0]).astype(np.int64),
        sums=Sums(sums.names, sums.values[0]),
        observed={key: values[0] for key, values in whole.items()},
        resampled={
            key: np.concatenate([chunk[key] for chunk in chunks])
            if chunks
            else np.empty((0, len(cells)))
            for key in whole
        },
    )


class _Summer:
    """Sums the columns of the finest cells, and adds those up."""

    def __init__(
        self, outcomes: Outcomes, columns: Mapping[str, np.ndarray], cells: Sequence[Cell]
    ):
        atoms = atoms_of(outcomes)
        self._members = memberships(cells)
        count = self._members.shape[1]
        self._atoms = [np.flatnonzero(atoms == atom) for atom in range(count)]
        self._names = tuple(columns)
        self._columns = np.stack(list(columns.values()), axis=1)
        self._outcomes = outcomes
        # Of the finest cells alone no AUC is taken: most hold too few examples of either gender.
        self._ranked = [self._members[cell][atoms] for cell in range(len(cells))]

    def sums(self, weights: np.ndarray) -> Sums:
        parts = [weights[:, found] @ self._columns[found] for found in self._atoms]
        values = np.einsum("ca,ark->rck", self._members.astype(np.float64), np.stack(parts))
        return Sums(self._names, values)

    def measure(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        sums = self.sums(weights)
        measured = {one.key: one.of(sums) for one in MEASURES}
        positive, scores = self._outcomes.gender == 1, self._outcomes.female
        measured[GENDER_AUC] = np.stack(
            [
                weighted_auc(positive[found], scores[found], weights[:, found])
                for found in self._ranked
            ],
            axis=1,
        )
        return measured


def _draw(examples: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(seed)
    size = max(1, min(_CHUNK, _CHUNK_WEIGHTS // max(1, examples)))
    for first in range(0, resamples, size):
        shape = (min(size, resamples - first), examples)
        yield generator.poisson(1.0, shape).astype(np.float32)
