"""How many pictures of whom there are to learn from, and to measure on."""

from dataclasses import dataclass

from tfx.types import standard_artifacts

from components.data_gate.described import ALL, Slices, cell, read_split
from trainer import features


@dataclass(frozen=True)
class Composition:
    """The pictures of one slice.

    Attributes:
      slice: its name.
      by: its attributes.
      examples: how many, by split.
    """

    slice: str
    by: tuple[str, ...]
    examples: dict[str, int]


def count_pictures(statistics: standard_artifacts.ExampleStatistics) -> list[Composition]:
    """Counts the pictures of each race, gender, age band and gender of a race, by split.

    Args:
      statistics: of TFDV, sliced by race, by gender and by both.
    """
    splits = {split: read_split(statistics, split) for split in features.SPLITS}
    by_name: list[tuple[tuple[str, ...], str]] = [
        *(((features.RACE_KEY,), race) for race in features.RACES),
        *(((features.GENDER_KEY,), gender) for gender in features.GENDERS),
        *(
            ((features.RACE_KEY, features.GENDER_KEY), cell(race, gender))
            for race in features.RACES
            for gender in features.GENDERS
        ),
    ]
    counted = [
        Composition(name, by, {split: _in_slice(found, name) for split, found in splits.items()})
        for by, name in by_name
    ]
    counted += [
        Composition(
            band,
            (features.AGE_BAND_KEY,),
            {split: _of_age(found, band) for split, found in splits.items()},
        )
        for band in features.AGE_BANDS
    ]
    return counted


def _in_slice(found: Slices, name: str) -> int:
    return found[name].examples if name in found else 0


def _of_age(found: Slices, band: str) -> int:
    if ALL not in found:
        return 0
    return int(found[ALL].counts.get(features.AGE_BAND_KEY, {}).get(band, 0))
