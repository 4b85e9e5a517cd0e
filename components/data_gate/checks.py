"""The checks: each takes what is known of the splits, and says what is wrong with them."""

import math
from collections.abc import Iterator, Mapping

from components.data_gate.described import ALL, Slice, Slices, slice_name
from components.data_gate.finding import Finding, Level, MeanShift, ShareShift, SmallGroups
from components.data_gate.judging import Limits, judge
from components.data_gate.settings import LeastCounts, SliceLimits
from trainer.balance import GROUPS
from trainer.groups import INTERSECTION


def check_splits(examples: Mapping[str, int]) -> Iterator[Finding]:
    """Says which splits are empty.

    Args:
      examples: of each split.
    """
    for split in sorted(examples):
        if not examples[split]:
            yield Finding(level=Level.STOP, check="splits", where=split, found=0, limit=1)


def check_slices(now: Slices, before: Slices, limits: SliceLimits) -> Iterator[Finding]:
    """Says in which slices a number or a share has moved, even if it has not in all examples."""
    small = []
    for name in sorted(now.keys() & before.keys()):
        here, there = now[name], before[name]
        if min(here.examples, there.examples) < limits.min_examples:
            small.append(name)
            continue
        yield from _moved_means(name, here, there, before[ALL], limits)
        yield from _moved_shares(name, here, there, limits)
    if small:
        facts = SmallGroups(tuple(small), limits.min_examples)
        yield Finding(level=Level.PASS, check="slices", where="train", facts=facts)


def check_cells(slices: Slices, least: LeastCounts, *, split: str) -> Iterator[Finding]:
    """Says which groups of trainer.balance.GROUPS have too few examples."""
    for group in GROUPS:
        name = slice_name(*group)
        count = slices[name].examples if name in slices else 0
        if count < max(least.warn, least.stop):
            level, limit = (
                (Level.STOP, least.stop) if count < least.stop else (Level.WARN, least.warn)
            )
            yield Finding(
                level=level, check="cells", where=split, slice=name, found=count, limit=limit
            )


def check_balance(slices: Slices, limits: Limits, *, split: str) -> Iterator[Finding]:
    """Says if one value of the first attribute of INTERSECTION makes up too much of a split."""
    examples = {
        value: slices[value].examples for value in INTERSECTION[0].values if value in slices
    }
    if not examples:
        return
    largest = max(examples, key=lambda value: examples[value])
    share = examples[largest] / sum(examples.values())
    level, limit = judge(share, limits)
    if limit is not None:
        yield Finding(
            level=level, check="balance", where=split, slice=largest, found=share, limit=limit
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
                facts=MeanShift(now.mean, before.mean, scale),
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
                    facts=ShareShift(value, share, earlier),
                )
