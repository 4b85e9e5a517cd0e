"""Compares the distances that TFX's validators measured with their limits."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from components.data_gate.checks.anomalies import Distance
from components.data_gate.checks.compared_features import COMPARED
from components.data_gate.checks.limits import judge
from components.data_gate.checks.settings import DistanceLimits
from components.data_gate.finding import Finding, Level, LimitsBelowChance, MeanShift, ShareShift
from components.data_gate.slice_statistics import ALL, Slice, Slices
from trainer.features import BAND_KEYS, LABEL_KEYS


def check_distances(
    distances: Iterable[Distance],
    limits: DistanceLimits,
    *,
    check: str,
    now: Mapping[str, Slices],
    before: Mapping[str, Slices],
) -> Iterator[Finding]:
    """Yields the features whose distance from their baseline exceeds a limit.

    Args:
      distances: distances measured between splits that have examples.
      limits: allowed distances; the fewer the examples, the higher the limits.
      check: "drift" or "skew".
      now: slices of the splits of this run.
      before: slices of the splits of the baseline.
    """
    below_chance = []
    for split, baseline_split, feature, value in distances:
        candidate, baseline = now[split][ALL], before[baseline_split][ALL]
        subject: dict[str, Any] = {"check": check, "where": split, "feature": feature}
        if value is None:
            yield Finding(level=Level.WARN, **subject)
            continue
        least = COMPARED[feature].floor(*(_count(one, feature) for one in (candidate, baseline)))
        allowed = limits.of(feature)
        if allowed.stop is not None and least > allowed.stop:
            below_chance.append((feature, split))
        level, limit = judge(value, allowed, least)
        if limit is not None:
            shift = _shift(feature, candidate, baseline)
            yield Finding(level=level, found=value, limit=limit, facts=shift, **subject)
    if below_chance:
        facts = LimitsBelowChance(tuple(below_chance))
        yield Finding(level=Level.PASS, check=check, where="all splits", facts=facts)


def _count(examples: Slice, feature: str) -> int:
    """Returns how many examples have a feature; some may lack a label."""
    if feature in (*LABEL_KEYS, *BAND_KEYS):
        if feature in examples.numbers:
            return int(examples.numbers[feature].count)
        if feature in examples.counts:
            return int(sum(examples.counts[feature].values()))
    return examples.examples


def _shift(feature: str, candidate: Slice, baseline: Slice) -> MeanShift | ShareShift:
    """Returns the shift of the mean of a number, or of the value whose share differs most."""
    if feature in candidate.numbers and feature in baseline.numbers:
        now, before = candidate.numbers[feature], baseline.numbers[feature]
        return MeanShift(now.mean, before.mean, before.deviation)
    shares_now, shares_before = (
        {value: count / max(1, one.examples) for value, count in one.counts[feature].items()}
        for one in (candidate, baseline)
    )
    shifts = (
        ShareShift(value, shares_now.get(value, 0), shares_before.get(value, 0))
        for value in sorted(shares_now.keys() | shares_before.keys())
    )
    return max(shifts, key=lambda shift: abs(shift.now - shift.before))
