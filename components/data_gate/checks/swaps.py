"""Finds groups in which the labels of two classes were swapped.

If both classes have equally many examples, a swap changes neither the distributions of the whole
group nor the share of a label. But each class then looks like the other class did before.
"""

from collections.abc import Iterator, Sequence

from components.data_gate.checks.limits import judge
from components.data_gate.checks.settings import SliceLimits
from components.data_gate.finding import Finding, Swap
from components.data_gate.slice_statistics import Numbers, Slice, Slices, slice_name
from trainer.groups import INTERSECTION

# A mean of fewer values is not compared.
_MIN_COUNT = 10


def check_swaps(now: Slices, before: Slices, limits: SliceLimits) -> Iterator[Finding]:
    """Yields the groups whose two classes resemble each other's baseline more than their own.

    The groups are the values of the first attribute of trainer.groups.INTERSECTION, the classes
    those of the second. If it has more than two classes, nothing is checked.

    Args:
      now: slices of the train split.
      before: slices of the train split accepted last.
      limits: `swapped` limits how much the chi-square statistic of the means of all numbers
        falls when the classes are swapped; 0 or less if the labels are right.
    """
    groups, classes = INTERSECTION
    if len(classes.values) != 2:
        return
    facts = Swap(classes.task.people or classes.values)
    for group in groups.values:
        names = [slice_name(group, value) for value in classes.values]
        if any(name not in slices for slices in (now, before) for name in names):
            continue
        candidate, baseline = ([slices[name] for name in names] for slices in (now, before))
        if min(part.examples for part in (*candidate, *baseline)) < limits.min_examples:
            continue
        gain = _misfit(candidate, baseline) - _misfit(candidate, baseline[::-1])
        level, limit = judge(gain, limits.swapped)
        if limit is not None:
            yield Finding(
                level=level,
                check="swapped",
                where="train",
                slice=group,
                feature=classes.key,
                found=gain,
                limit=limit,
                facts=facts,
            )


def _misfit(candidate: Sequence[Slice], baseline: Sequence[Slice]) -> float:
    """Sums the squared shifts of all means, in standard errors."""
    return sum(
        _squared_shift(now.numbers[name], before.numbers[name])
        for now, before in zip(candidate, baseline, strict=True)
        for name in sorted(now.numbers.keys() & before.numbers.keys())
    )


def _squared_shift(now: Numbers, before: Numbers) -> float:
    if min(now.count, before.count) < _MIN_COUNT:
        return 0.0
    variance = now.deviation**2 / now.count + before.deviation**2 / before.count
    return (now.mean - before.mean) ** 2 / variance if variance else 0.0
