"""Why a model is not blessed: the facts, and the one place that formats them."""

import math
from dataclasses import dataclass

from trainer.measures.measure import Direction
from trainer.measures.registry import BY_KEY

# What a model is compared with.
THRESHOLD, WORST, GAP, WORSE, IMPROVEMENT = "threshold", "worst", "gap", "worse", "improvement"
MISSING_SLICES = "missing slices"
BLESSED_LAST = "the model blessed last"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One bound that a model misses, and what was found.

    Attributes:
      kind: THRESHOLD: of the Evaluator, on a slice; WORST: of each slice; GAP: to the best slice;
        WORSE: than the model blessed last; IMPROVEMENT: on it; MISSING_SLICES: the Evaluator
        lacks slices.
      slice: its name.
      measure: the key; empty where none is in question.
      metric: what TFMA calls it; of THRESHOLD alone.
      is_lower_bound: whether at least `bound` is expected, and not at most.
      bound: as in the settings; None where the metric was not measured.
      value: what was found; of MISSING_SLICES nothing.
      low, high: the ends of its 95% interval; None where it has none.
      examples: of the slice.
      against: the name of what the value is compared with; empty for the bound itself.
      other: its value.
      beyond_chance: by how much the bound is missed after chance is allowed for; None where it
        is not.
      note: what TFMA says, or which slices are missing.
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
        """Which measure of which slice, in words."""
        return ": ".join(filter(None, (self.slice, self._measure())))

    def _measure(self) -> str:
        return self.metric or (BY_KEY[self.measure].display_name if self.measure else "")


def defined(value: float) -> float | None:
    """Returns a value for Reason: None where it is NaN."""
    return None if math.isnan(value) else float(value)


def format_reason(reason: Reason) -> str:
    """Returns one line: the slice, what was expected, and what was found."""
    if reason.kind == MISSING_SLICES:
        return f"slices to check are missing: {reason.note}"
    if reason.bound is None or reason.value is None or (reason.against and reason.other is None):
        return f"{reason.title}: {reason.note or 'not measured'}"
    # Figures over all examples are exact enough for a further digit.
    digits = ".4g" if reason.kind in (THRESHOLD, IMPROVEMENT) else ".3g"
    if reason.against:
        # A gap, and what is worse, are at most so far on the bad side; an improvement at least so
        # far on the good one.
        least = "least" if reason.kind == IMPROVEMENT else "most"
        above = reason.is_lower_bound == (reason.kind == IMPROVEMENT)
        asked = (
            f"at {least} {reason.bound:.4g} {'above' if above else 'below'} {reason.against}, "
            f"{reason.other:{digits}}"
        )
    else:
        asked = f"at {'least' if reason.is_lower_bound else 'most'} {reason.bound:.4g}"
        if reason.measure and BY_KEY[reason.measure].direction is Direction.ZERO:
            asked += " either way"
    interval = "" if reason.low is None else f" ({reason.low:.3g} to {reason.high:.3g})"
    examples = "" if reason.examples is None else f" in {reason.examples:,} examples"
    chance = (
        ""
        if reason.beyond_chance is None
        else f", {reason.beyond_chance:.2g} more than chance explains"
    )
    found = f"{reason.value:{digits}}{interval}{examples}{chance}"
    return f"{reason.title}: expected {asked}; found {found}"
