"""Holds the distances that TFX's validators measured against their limits."""

from collections.abc import Iterable, Iterator, Mapping

from components.data_gate import noise
from components.data_gate.anomalies import Distance
from components.data_gate.described import ALL, Slice, Slices
from components.data_gate.finding import Finding, Level
from components.data_gate.judging import judge
from components.data_gate.settings import DriftLimits, SkewLimits


def check_distances(
    distances: Iterable[Distance],
    limits: DriftLimits | SkewLimits,
    *,
    check: str,
    now: Mapping[str, Slices],
    before: Mapping[str, Slices],
) -> Iterator[Finding]:
    """Says which features are further from their baseline than they may be.

    Args:
      distances: what was measured, between splits that have examples.
      limits: what is allowed; the fewer the examples, the more.
      check: "drift" or "skew".
      now: the splits of this run.
      before: those of the baseline.
    """
    untold = []
    for split, baseline_split, feature, value in distances:
        here, there = now[split][ALL], before[baseline_split][ALL]
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
        least = noise.floor(feature, here.examples, there.examples)
        allowed = limits.of(feature)
        if allowed.stop is not None and least > allowed.stop:
            untold.append(f"{feature.replace('_', ' ')} ({split})")
        level, limit = judge(value, allowed, least)
        if limit is not None:
            yield Finding(
                level=level,
                check=check,
                where=split,
                feature=feature,
                found=value,
                limit=limit,
                message=f"expected values like {than}, at a distance of at most {limit:.3f}; "
                f"found {value:.3f}: {_explain(feature, here, there)}",
            )
    if untold:
        yield Finding(
            level=Level.PASS,
            check=check,
            where="all splits",
            message=f"there are too few examples to tell {check} from chance at the limits that "
            f"are set, so that higher ones hold: {', '.join(untold)}",
        )


def _explain(feature: str, here: Slice, there: Slice) -> str:
    """Says what is different: the mean of a number, the value whose share differs most."""
    if feature in here.numbers and feature in there.numbers:
        now, before = here.numbers[feature], there.numbers[feature]
        return f"the mean is {now.mean:.1f}, against {before.mean:.1f}"
    shares = [
        {value: count / max(1, one.examples) for value, count in one.counts[feature].items()}
        for one in (here, there)
    ]
    now_share, before_share = shares
    value = max(
        sorted(now_share.keys() | before_share.keys()),
        key=lambda one: abs(now_share.get(one, 0) - before_share.get(one, 0)),
    )
    return f"{value} is {now_share.get(value, 0):.1%}, against {before_share.get(value, 0):.1%}"
