"""The checks: each takes what is known of the splits, and says what is wrong with them."""

import math
from collections.abc import Iterable, Iterator, Mapping

from components.data_gate import noise
from components.data_gate.anomalies import Distance
from components.data_gate.described import ALL, Slice, Slices, cell
from components.data_gate.finding import Finding, Level
from components.data_gate.settings import (
    DriftLimits,
    LeastCounts,
    Limits,
    SkewLimits,
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


def check_distances(
    distances: Iterable[Distance],
    limits: DriftLimits | SkewLimits,
    *,
    check: str,
    examples: dict[str, int],
    baseline_examples: dict[str, int],
) -> Iterator[Finding]:
    """Says which features are further from their baseline than they may be.

    Args:
      distances: what was measured.
      limits: what is allowed; the fewer the examples, the more.
      check: "drift" or "skew".
      examples: of each split of this run.
      baseline_examples: of each split of the baseline.
    """
    for split, baseline_split, feature, value in distances:
        least = noise.floor(feature, examples[split], baseline_examples[baseline_split])
        allowed = limits.of(feature)
        than = f"those of the {baseline_split} split"
        if check == "drift":
            than = "those that were accepted last"
        if value is None:
            yield Finding(
                level=Level.WARN,
                check=check,
                where=split,
                feature=feature,
                message=f"expected values to compare with {than}; on one side there are none",
            )
            continue
        level, limit = _judge(value, allowed, least)
        if limit is None:
            continue
        yield Finding(
            level=level,
            check=check,
            where=split,
            feature=feature,
            found=value,
            limit=limit,
            message=f"expected values like {than}, at a distance of at most {limit:.3f}; "
            f"found {value:.3f}",
        )


def check_slices(now: Slices, before: Slices, limits: SliceLimits) -> Iterator[Finding]:
    """Says in which slices a number or a share has moved, even if it has not in all examples."""
    for name in sorted(now.keys() & before.keys()):
        here, there = now[name], before[name]
        if min(here.examples, there.examples) < limits.min_examples:
            continue
        yield from _moved_means(name, here, there, before[ALL], limits)
        yield from _moved_shares(name, here, there, limits)


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
    level, limit = _judge(share, limits, 0)
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
        level, limit = _judge(moved / scale, limits.mean, 0)
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
            level, limit = _judge(moved, limits.share, 0)
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


def _judge(value: float, limits: Limits, least: float) -> tuple[Level, float | None]:
    """Returns what a value means, and the limit it exceeds; None if it exceeds none."""
    for level, limit in ((Level.STOP, limits.stop), (Level.WARN, limits.warn)):
        if limit is not None and value > max(limit, least):
            return level, max(limit, least)
    return Level.PASS, None
