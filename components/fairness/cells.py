"""The slices that are reported: every combination of values, whether anyone is in it or not."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.fairness.outcomes import Outcomes
from trainer import features

# By attribute, the words for its values, in order.
VALUES: dict[str, tuple[str, ...]] = {
    features.RACE_KEY: features.RACES,
    features.GENDER_KEY: features.GENDERS,
    features.AGE_BAND_KEY: features.AGE_BANDS,
}
# The empty one is all examples.
SLICINGS: tuple[tuple[str, ...], ...] = (
    (),
    (features.RACE_KEY,),
    (features.GENDER_KEY,),
    (features.AGE_BAND_KEY,),
    (features.RACE_KEY, features.GENDER_KEY),
    (features.RACE_KEY, features.GENDER_KEY, features.AGE_BAND_KEY),
)
# All other cells are unions of those of the finest slicing.
_FINEST = SLICINGS[-1]


@dataclass(frozen=True)
class Cell:
    """One slice.

    Attributes:
      values: index of the value by attribute, such as (("race", 1), ("gender", 0)).
    """

    values: tuple[tuple[str, int], ...]

    @property
    def slicing(self) -> tuple[str, ...]:
        return tuple(attribute for attribute, _ in self.values)

    @property
    def name(self) -> str:
        """In words, such as `Black, male`; `all` for all examples."""
        return ", ".join(VALUES[attribute][value] for attribute, value in self.values) or "all"


def make_cells() -> tuple[Cell, ...]:
    """Returns all cells, slicing by slicing, all examples first."""
    return tuple(
        Cell(tuple(zip(slicing, values, strict=True)))
        for slicing in SLICINGS
        for values in itertools.product(*(range(len(VALUES[one])) for one in slicing))
    )


def atoms_of(outcomes: Outcomes) -> np.ndarray:
    """Returns which cell of the finest slicing each example lies in: int64 [n], from 0 on."""
    return find_atoms(outcomes.age, outcomes.gender, outcomes.race)


def find_atoms(age: np.ndarray, gender: np.ndarray, race: np.ndarray) -> np.ndarray:
    """Returns which cell of the finest slicing each of n people lies in: int64 [n], from 0 on.

    Args:
      age: years, int64 [n].
      gender: codes, likewise.
      race: likewise.
    """
    bands = np.searchsorted(features.AGE_BAND_UPPER_BOUNDS, age, side="left")
    atoms = np.zeros(len(age), np.int64)
    for attribute, values in zip(_FINEST, (race, gender, bands), strict=True):
        atoms = atoms * len(VALUES[attribute]) + values
    return atoms


def memberships(cells: Sequence[Cell]) -> np.ndarray:
    """Returns which cells of the finest slicing each cell is made of: bool [cells, atoms]."""
    atoms = [dict(cell.values) for cell in make_cells() if cell.slicing == _FINEST]
    return np.array(
        [
            [all(atom[attribute] == value for attribute, value in cell.values) for atom in atoms]
            for cell in cells
        ]
    )
