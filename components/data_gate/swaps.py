"""Finds a race whose genders were taken for each other.

Where there are as many men as women, a swap of the two moves no distribution of the race as a
whole, and no share of a label. But then its men look like its women did, and the other way round.
"""

from collections.abc import Iterator

from components.data_gate.described import Numbers, Slice, Slices, cell
from components.data_gate.finding import Finding
from components.data_gate.judging import judge
from components.data_gate.settings import SliceLimits
from trainer import features

# Fewer than these have no mean to speak of.
_MIN_COUNT = 10


def check_swaps(now: Slices, before: Slices, limits: SliceLimits) -> Iterator[Finding]:
    """Says of which races men and women are more like the other gender was.

    Args:
      now: of the train split.
      before: what was accepted last.
      limits: `swapped` is held against by how much the chi-square statistic of the means of
        all numbers falls when the genders are swapped; 0 and less for what is right.
    """
    for race in features.RACES:
        names = [cell(race, gender) for gender in features.GENDERS]
        if any(name not in slices for slices in (now, before) for name in names):
            continue
        here, there = ([slices[name] for name in names] for slices in (now, before))
        if min(one.examples for one in (*here, *there)) < limits.min_examples:
            continue
        found = _misfit(here, there) - _misfit(here, there[::-1])
        level, limit = judge(found, limits.swapped)
        if limit is not None:
            yield Finding(
                level=level,
                check="swapped",
                where="train",
                slice=race,
                feature=features.GENDER_KEY,
                found=found,
                limit=limit,
                message="expected men and women who look like those that were accepted last; found "
                "men like the women before, and women like the men: swapped, they fit better by "
                f"{found:.0f} in chi-square, where {limit:g} is allowed. Look at whether the codes "
                "were taken for each other",
            )


def _misfit(here: list[Slice], there: list[Slice]) -> float:
    """Sums the squared moves of all means, in standard errors."""
    total = 0.0
    for now, before in zip(here, there, strict=True):
        for name in now.numbers.keys() & before.numbers.keys():
            total += _squared_move(now.numbers[name], before.numbers[name])
    return total


def _squared_move(now: Numbers, before: Numbers) -> float:
    if min(now.count, before.count) < _MIN_COUNT:
        return 0.0
    variance = now.deviation**2 / now.count + before.deviation**2 / before.count
    return (now.mean - before.mean) ** 2 / variance if variance else 0.0
