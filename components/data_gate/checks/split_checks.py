"""Checks of the splits: each takes counts or slices, and yields findings."""

import math
from collections.abc import Iterator, Mapping

from components.data_gate.checks.limits import Limits, judge
from components.data_gate.checks.settings import LeastCounts, SliceLimits
from components.data_gate.finding import Finding, Level, MeanShift, ShareShift, SmallGroups
from components.data_gate.slice_statistics import ALL, Slice, Slices, slice_name
from trainer.data.balance import GROUPS
from trainer.groups import INTERSECTION
from trainer.tasks import TASKS


def check_splits(splits: Mapping[str, Slices]) -> Iterator[Finding]:
    """Yields a finding for each split without examples."""
    for split in sorted(splits):
        if ALL not in splits[split]:
            yield Finding(level=Level.STOP, check="splits", where=split, found=0, limit=1)


def check_labels(splits: Mapping[str, Slices]) -> Iterator[Finding]:
    """Yields a finding for each split without any exact label of a regression task.

    Args:
      splits: slices of the splits that have examples.
    """
    for split in sorted(splits):
        numbers = splits[split][ALL].numbers
        for task in TASKS:
            if task.classes or ((key := task.label_key) in numbers and numbers[key].count):
                continue
            yield Finding(
                level=Level.STOP, check="labels", where=split, feature=key, found=0, limit=1
            )


def check_slices(now: Slices, before: Slices, limits: SliceLimits) -> Iterator[Finding]:
    """Yields the slices in which a mean or a share has moved, even if the whole has not."""
    small = []
    for name in sorted(now.keys() & before.keys()):
        pair = now[name], before[name]
        if min(one.examples for one in pair) < limits.min_examples:
            small.append(name)
            continue
        for allowed, moves in (
            (limits.mean, _moved_means(*pair, before[ALL], limits)),
            (limits.share, _moved_shares(*pair, limits)),
        ):
            for feature, moved, shift in moves:
                level, limit = judge(moved, allowed)
                if limit is not None:
                    yield Finding(
                        level=level,
                        check="slices",
                        where="train",
                        slice=name,
                        feature=feature,
                        found=moved,
                        limit=limit,
                        facts=shift,
                    )
    if small:
        facts = SmallGroups(tuple(small), limits.min_examples)
        yield Finding(level=Level.PASS, check="slices", where="train", facts=facts)


def check_cells(slices: Slices, least: LeastCounts, *, split: str) -> Iterator[Finding]:
    """Yields the groups of trainer.data.balance.GROUPS that have too few examples."""
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
    """Yields a finding if one value of INTERSECTION's first attribute dominates a split."""
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
    candidate: Slice, baseline: Slice, whole: Slice, limits: SliceLimits
) -> Iterator[tuple[str, float, MeanShift]]:
    """Yields features whose mean moved significantly, and the move in deviations of the whole."""
    for feature in sorted(candidate.numbers.keys() & baseline.numbers.keys()):
        now, before = candidate.numbers[feature], baseline.numbers[feature]
        # A constant feature has no scale.
        scale = whole.numbers[feature].deviation if feature in whole.numbers else 0
        if not scale or min(now.count, before.count) < limits.min_examples:
            continue
        error = math.sqrt(
            now.deviation**2 / max(1, now.count) + before.deviation**2 / max(1, before.count)
        )
        moved = abs(now.mean - before.mean)
        if moved > limits.certainty * error:
            yield feature, moved / scale, MeanShift(now.mean, before.mean, scale)


def _moved_shares(
    candidate: Slice, baseline: Slice, limits: SliceLimits
) -> Iterator[tuple[str, float, ShareShift]]:
    """Yields features with a value whose share moved significantly, and the size of the move."""
    sizes = candidate.examples, baseline.examples
    for feature in sorted(candidate.counts.keys() & baseline.counts.keys()):
        now, before = candidate.counts[feature], baseline.counts[feature]
        for value in sorted(now.keys() | before.keys()):
            counts = now.get(value, 0), before.get(value, 0)
            share, earlier = (count / size for count, size in zip(counts, sizes, strict=True))
            both = sum(counts) / sum(sizes)
            error = math.sqrt(both * (1 - both) * sum(1 / size for size in sizes))
            moved = abs(share - earlier)
            if moved > limits.certainty * error:
                yield feature, moved, ShareShift(value, share, earlier)
