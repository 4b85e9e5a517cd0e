"""Says findings in words: a sentence of what was expected and found for each kind of facts."""

from components.data_gate import finding as facts
from components.data_gate.finding import Finding, MeanShift, ShareShift
from components.html.words import counted

# Of the values that a schema allows.
_MOST_VALUES = 20
_DIGEST = 12
_ACCEPTED = "those that were accepted last"


def line_of(finding: Finding) -> str:
    """Returns a finding in one line."""
    about = ", ".join(filter(None, (finding.slice, finding.feature.replace("_", " "))))
    return f"{finding.where}: {about + ': ' if about else ''}{message_of(finding)}"


def message_of(finding: Finding) -> str:
    """Returns the sentence of a finding, without where and what it is about."""
    found, limit = finding.found or 0, finding.limit or 0
    baseline = _ACCEPTED if finding.check == "drift" else "those of the train split"
    match finding.check, finding.facts:
        case _, facts.Words(message):
            return message
        case "splits", _:
            return "expected examples; found none. Give more files, or other split sizes"
        case "schema", facts.Anomaly(summary, description, bounds, values):
            return f"{summary}: {description.strip()}{_allowed(bounds, values)}"
        case "labels", facts.UnknownLabel(problem, files, listed, example):
            return (
                f"{problem} in {files:,} of {listed:,}, such as {example}. These are quarantined. "
                "Mend the names or schema/corrections.csv, or teach the schema and "
                "trainer/tasks.py what is new"
            )
        case "labels", None:
            return (
                "expected examples whose label is a number; found none: all labels are ranges, or "
                "missing. Add files that have numbers: without them this task is not learned from "
                "this split, and not measured on it"
            )
        case "cells", _:
            return f"expected at least {counted(int(limit), 'example')}; found {found:,}"
        case "balance", _:
            return f"expected at most {limit:.0%} of the examples; found {found:.1%}"
        case "slices", MeanShift(now, before, scale):
            return (
                f"expected a mean near the {before:.1f} of the data accepted last, within "
                f"{limit * scale:.1f}; found {now:.1f}"
            )
        case "slices", ShareShift(value, now, before):
            return (
                f"expected a share of {value} near the {before:.1%} of the data accepted last, "
                f"within {limit:.0%}; found {now:.1%}"
            )
        case "slices", facts.SmallGroups(groups, least):
            return (
                f"groups of fewer than {least} examples are not compared with {_ACCEPTED}: "
                f"{'; '.join(group or 'all' for group in groups)}"
            )
        case "drift" | "skew", MeanShift() | ShareShift() as shift:
            return (
                f"expected values like {baseline}, at a distance of at most {limit:.3f}; found "
                f"{found:.3f}: {_shift(shift)}"
            )
        case "drift" | "skew", None:
            return f"expected values to compare with {baseline}; on one side there are none"
        case "drift" | "skew", facts.LimitsBelowChance(features):
            named = (f"{feature.replace('_', ' ')} ({split})" for feature, split in features)
            return (
                f"there are too few examples to tell {finding.check} from chance at the limits "
                f"that are set, so that higher ones hold: {', '.join(named)}"
            )
        case "swapped", facts.Swap((one, other)):
            return (
                f"expected {one} and {other} who look like {_ACCEPTED}; found {one} like the "
                f"{other} before, and {other} like the {one}: swapped, they fit better by "
                f"{found:.0f} in chi-square, where {limit:g} is allowed. Look at whether the codes "
                "were taken for each other"
            )
        case "baseline", None:
            return "nothing was accepted before this run: there is no drift to look for"
        case "baseline", facts.OtherSchema(now, before):
            return (
                f"expected statistics that were accepted under this schema ({now[:_DIGEST]}); "
                f"{_ACCEPTED} are of another ({before[:_DIGEST] or 'unknown'}), so that the two "
                "may not compare. If the change of the schema is meant, and so is all else that "
                "is found, accept it"
            )
    raise TypeError(f"Expected a finding that has words. Received: {finding!r}.")


def _shift(shift: MeanShift | ShareShift) -> str:
    if isinstance(shift, MeanShift):
        return f"the mean is {shift.now:.1f}, against {shift.before:.1f}"
    return f"{shift.value} is {shift.now:.1%}, against {shift.before:.1%}"


def _allowed(bounds: tuple[float | None, float | None] | None, values: tuple[str, ...]) -> str:
    if bounds:
        least, most = ("any" if bound is None else f"{bound:g}" for bound in bounds)
        return f" The schema allows {least} to {most}."
    return f" The schema allows {', '.join(values[:_MOST_VALUES])}." if values else ""
