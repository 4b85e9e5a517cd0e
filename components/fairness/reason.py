"""Reasons not to bless a model: the facts, and the only place that formats them."""

from dataclasses import dataclass

from trainer.measures.measure import Direction
from trainer.measures.registry import BY_KEY

# Kinds of reasons.
THRESHOLD, WORST, GAP, WORSE, IMPROVEMENT = "threshold", "worst", "gap", "worse", "improvement"
MISSING_SLICES = "missing slices"
BLESSED_LAST = "the model blessed last"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A bound that a model misses, with the measured values.

    Attributes:
      kind: THRESHOLD: a threshold of the Evaluator on a slice. WORST: the value of a slice. GAP:
        the gap to the best slice. WORSE: a decline from the model blessed last. IMPROVEMENT: too
        little improvement over it. MISSING_SLICES: slices that the Evaluator lacks.
      slice: name of the slice.
      measure: key of the measure; empty if there is none.
      metric: name of the TFMA metric; only for THRESHOLD.
      is_lower_bound: whether `bound` is a minimum; otherwise it is a maximum.
      bound: the bound in the settings; None if the metric was not measured.
      value: the measured value; None for MISSING_SLICES.
      low, high: ends of the 95% interval of `value`; None if it has none.
      examples: number of examples of the slice.
      against: name of the reference of a comparison; empty if `value` is compared with `bound`.
      other: value of the reference.
      beyond_chance: how far the bound is missed beyond chance; None if chance is not considered.
      note: message of TFMA, or the missing slices.
    """

    kind: str
    slice: str
    measure: str = ""
    metric: str = ""
    is_lower_bound: bool = False
    bound: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    examples: int | None = None
    against: str = ""
    other: float | None = None
    beyond_chance: float | None = None
    note: str = ""

    @property
    def title(self) -> str:
        """The slice and the measure, in words."""
        return ": ".join(filter(None, (self.slice, self._measure())))

    def _measure(self) -> str:
        return self.metric or (BY_KEY[self.measure].display_name if self.measure else "")


def format_reason(reason: Reason) -> str:
    """Formats one line: the slice, the expected value, and the measured value."""
    if reason.kind == MISSING_SLICES:
        return f"slices to check are missing: {reason.note}"
    if reason.bound is None or reason.value is None or (reason.against and reason.other is None):
        return f"{reason.title}: {reason.note or 'not measured'}"
    # Figures over all examples are exact enough for one more digit.
    digits = ".4g" if reason.kind in (THRESHOLD, IMPROVEMENT) else ".3g"
    if reason.against:
        # GAP and WORSE: at most `bound` on the worse side. IMPROVEMENT: at least `bound` on the
        # better side.
        least = "least" if reason.kind == IMPROVEMENT else "most"
        above = reason.is_lower_bound == (reason.kind == IMPROVEMENT)
        expected = (
            f"at {least} {reason.bound:.4g} {'above' if above else 'below'} {reason.against}, "
            f"{reason.other:{digits}}"
        )
    else:
        expected = f"at {'least' if reason.is_lower_bound else 'most'} {reason.bound:.4g}"
        if reason.measure and BY_KEY[reason.measure].direction is Direction.ZERO:
            expected += " either way"
    interval = "" if reason.low is None else f" ({reason.low:.3g} to {reason.high:.3g})"
    examples = "" if reason.examples is None else f" in {reason.examples:,} examples"
    chance = (
        ""
        if reason.beyond_chance is None
        else f", {reason.beyond_chance:.2g} more than chance explains"
    )
    found = f"{reason.value:{digits}}{interval}{examples}{chance}"
    return f"{reason.title}: expected {expected}; found {found}"
