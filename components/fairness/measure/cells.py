"""The reported slices: all combinations of values, including empty ones."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.features import UNKNOWN_LABEL, greatest_key, least_key
from trainer.groups import AGE_BAND, ATTRIBUTES, BY_KEY, INTERSECTION, Attribute

_INTERSECTION = tuple(attribute.key for attribute in INTERSECTION)
# The empty slicing is all examples.
SLICINGS: tuple[tuple[str, ...], ...] = (
    (),
    *((attribute.key,) for attribute in ATTRIBUTES),
    _INTERSECTION,
    (*_INTERSECTION, AGE_BAND.key),
)
# Slicings whose groups are compared: all but the empty one and the finest.
GROUPINGS = SLICINGS[1:-1]
# Bands have one more value, for people whose band is unknown. No cell of a band includes them.
_SIZES = tuple(len(each.values) + bool(each.upper_bounds) for each in ATTRIBUTES)


@dataclass(frozen=True)
class Cell:
    """A slice.

    Attributes:
      values: pairs of the key of an attribute and the index of its value.
    """

    values: tuple[tuple[str, int], ...]

    @property
    def slicing(self) -> tuple[str, ...]:
        return tuple(attribute for attribute, _ in self.values)

    @property
    def words(self) -> dict[str, str]:
        """The values in words, by attribute."""
        return {attribute: BY_KEY[attribute].values[value] for attribute, value in self.values}

    @property
    def name(self) -> str:
        """The name in words, e.g. `Black, male`; `all` for all examples."""
        return ", ".join(self.words.values()) or "all"


def make_cells() -> tuple[Cell, ...]:
    """Returns all cells, slicing by slicing, all examples first."""
    return tuple(
        Cell(tuple(zip(slicing, values, strict=True)))
        for slicing in SLICINGS
        for values in itertools.product(*(range(len(BY_KEY[key].values)) for key in slicing))
    )


def find_atoms(labels: Mapping[str, np.ndarray]) -> np.ndarray:
    """Returns the index of each person's combination of all attributes: int64 [n], from 0.

    Args:
      labels: see trainer.predictions.Predictions.
    """
    codes = [_codes(attribute, labels) for attribute in ATTRIBUTES]
    return np.ravel_multi_index(codes, _SIZES) if len(codes[0]) else np.zeros(0, np.int64)


def _codes(attribute: Attribute, labels: Mapping[str, np.ndarray]) -> np.ndarray:
    """Returns the value index of each person, int64 [n]; the number of values if unknown."""
    key = attribute.task.label_key
    label = labels[key]
    if not attribute.upper_bounds:
        return label
    ends = [
        np.where(label == UNKNOWN_LABEL, labels.get(end, label), label)
        for end in (least_key(key), greatest_key(key))
    ]
    least, greatest = (np.searchsorted(attribute.upper_bounds, end, side="left") for end in ends)
    known = (ends[0] != UNKNOWN_LABEL) & (least == greatest)
    return np.where(known, least, len(attribute.values))


def memberships(cells: Sequence[Cell]) -> np.ndarray:
    """Returns which combinations of all attributes belong to each cell: bool [cells, atoms]."""
    codes = dict(zip(BY_KEY, np.indices(_SIZES).reshape(len(_SIZES), -1), strict=True))
    whole = np.ones(codes[AGE_BAND.key].shape, bool)
    return np.array(
        [
            np.logical_and.reduce([whole, *(codes[key] == value for key, value in cell.values)])
            for cell in cells
        ]
    )
