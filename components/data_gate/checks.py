"""The checks: each takes what is known of the splits, and says what is wrong with them."""

import math
from collections.abc import Iterator, Mapping

from components.data_gate.described import ALL, Slice, Slices, cell
from components.data_gate.finding import Finding, Level
from components.data_gate.judging import judge
from components.data_gate.settings import (
    LeastCounts,
    Limits,
    SliceLimits,
)
from components.html.words import counted
from trainer import features


def check_splits(examples: Mapping[str, int]) -> Iterator[Finding]:
    """Says which splits are empty.

    Args:
      examples: of each split.
    """
    for split in sorted(examples):
        if not examples[split]:
            yield Finding(
                level=Level.STOP,
                check="splits",
                where=split,
                found=0,
                limit=1,
                message="expected examples; found none. Give more files, or other split sizes",
            )


def check_slices(now: Slices, before: Slices, limits: SliceLimits) -> Iterator[Finding]:
    """Says in which slices a number or a share has moved, even if it has not in all examples."""
    small = []
    for name in sorted(now.keys() & before.keys()):
        here, there = now[name], before[name]
        if min(here.examples, there.examples) < limits.min_examples:
            small.append(name or "all")
            continue
        yield from _moved_means(name, here, there, before[ALL], limits)
        yield from _moved_shares(name, here, there, limits)
    if small:
        yield Finding(
            level=Level.PASS,
            check="slices",
            where="train",
            message=f"groups of fewer than {limits.min_examples} examples are not compared with "
            f"those that were accepted last: {'; '.join(small)}",
        )


def check_cells(slices: Slices, least: LeastCounts, *, split: str) -> Iterator[Finding]:
    """Says which genders of which races have too few examples."""
    for race in features.RACES:
        for gender in features.GENDERS:
            name = cell(race, gender)
            count = slices[name].examples if name in slices else 0
            if count >= max(least.warn, least.stop):
                continue
            level, limit = (
                (Level.STOP, least.stop) if count < least.stop else (Level.WARN, least.warn)
            )
            yield Finding(
                level=level,
                check="cells",
                where=split,
                slice=name,
                found=count,
                limit=limit,
                message=f"expected at least {counted(limit, 'example')}; found {count:,}",
            )


def check_balance(slices: Slices, limits: Limits, *, split: str) -> Iterator[Finding]:
    """Says if one race makes up too much of a split."""
    races = {race: slices[race].examples for race in features.RACES if race in slices}
    if not races:
        return
    largest = max(races, key=lambda race: races[race])
    share = races[largest] / sum(races.values())
    level, limit = judge(share, limits)
    if limit is not None:
        yield Finding(
            level=level,
            check="balance",
            where=split,
            slice=largest,
            found=share,
            limit=limit,
            message=f"expected at most {limit:.0%} of the examples; found {share:.1%}",
        )


def _moved_means(
    name: str, here: Slice, there: Slice, whole: Slice, limits: SliceLimits
) -> Iterator[Finding]:
    for feature in sorted(here.numbers.keys() & there.numbers.keys() & whole.numbers.keys()):
        now, before = here.numbers[feature], there.numbers[feature]
        if min(now.count, before.count) < limits.min_examples:
            continue
        scale = whole.numbers[feature].deviation
        error = math.sqrt(
            now.deviation**2 / max(1, now.count) + before.deviation**2 / max(1, before.count)
        )
        moved = abs(now.mean - before.mean)
        # A feature of one value everywhere has no scale.
        if not scale or moved <= limits.certainty * error:
            continue
        level, limit = judge(moved / scale, limits.mean)
        if limit is not None:
            yield Finding(
                level=level,
                check="slices",
                where="train",
                slice=name,
                feature=feature,
                found=moved / scale,
                limit=limit,
                message=f"expected a mean near the {before.mean:.1f} of the data accepted last, "
                f"within {limit * scale:.1f}; found {now.mean:.1f}",
            )


def _moved_shares(name: str, here: Slice, there: Slice, limits: SliceLimits) -> Iterator[Finding]:
    for feature in sorted(here.counts.keys() & there.counts.keys()):
        now, before = here.counts[feature], there.counts[feature]
        for value in sorted(now.keys() | before.keys()):
            share, earlier = (
                counts.get(value, 0) / one.examples
                for counts, one in ((now, here), (before, there))
            )
            both = (now.get(value, 0) + before.get(value, 0)) / (here.examples + there.examples)
            error = math.sqrt(both * (1 - both) * (1 / here.examples + 1 / there.examples))
            moved = abs(share - earlier)
            if moved <= limits.certainty * error:
                continue
            level, limit = judge(moved, limits.share)
            if limit is not None:
                yield Finding(
                    level=level,
                    check="slices",
                    where="train",
                    slice=name,
                    feature=feature,
                    found=moved,
                    limit=limit,
                    message=f"expected a share of {value} near the {earlier:.1%} of the data "
                    f"accepted last, within {limit:.0%}; found {share:.1%}",
                )
