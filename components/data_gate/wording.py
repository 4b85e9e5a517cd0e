"""Formats findings: the expected and the measured value, in a sentence for each type of facts."""

from collections import defaultdict
from collections.abc import Iterable

from components.data_gate import finding as facts
from components.data_gate.finding import Finding, MeanShift, ShareShift
from components.html.words import counted

# The maximum number of allowed values to list.
_MOST_VALUES = 20
_DIGEST = 12
_ACCEPTED = "the data accepted last"


def fold(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Groups findings: those about too few examples in a group and the same limit are together."""
    alike: dict[object, list[Finding]] = defaultdict(list)
    for place, finding in enumerate(findings):
        is_cell = finding.check == "cells"
        key = (finding.level, finding.where, finding.limit) if is_cell else place
        alike[key].append(finding)
    return [*alike.values()]


def format_line(*findings: Finding) -> str:
    """Returns a finding, or several findings that `fold` groups, in one line."""
    first, groups = findings[0], "; ".join(finding.slice for finding in findings)
    about = ", ".join(filter(None, (groups, first.feature.replace("_", " "))))
    return f"{first.where}: {about + ': ' if about else ''}{format_message(*findings)}"


def format_message(finding: Finding, *alike: Finding) -> str:
    """Returns the sentence of a finding, without its split, slice and feature.

    Args:
      finding: the finding.
      *alike: other findings that `fold` groups with it.
    """
    if alike:
        counts = sorted({int(each.found or 0) for each in (finding, *alike)})
        expected = counted(int(finding.limit or 0), "example")
        ends = " to ".join(f"{count:,}" for count in (counts[0], counts[-1])[: len(counts)])
        return f"expected at least {expected} in each; found {ends}"
    found, limit = finding.found or 0, finding.limit or 0
    baseline = _ACCEPTED if finding.check == "drift" else "the train split"
    match finding.check, finding.facts:
        case _, facts.Message(message):
            return message
        case "splits", _:
            return "expected examples; found none. Add files, or change the split sizes"
        case "schema", facts.Anomaly(summary, description, bounds, values):
            return f"{summary}: {description.strip()}{_allowed(bounds, values)}"
        case "labels", facts.UnknownLabel(problem, files, listed, example):
            return (
                f"{problem} in {files:,} of {listed:,} files, e.g. {example}. These files are "
                "quarantined. Correct their names or schema/corrections.csv, or add the new value "
                "to the schema and trainer/tasks.py"
            )
        case "labels", None:
            return (
                "expected exact labels; found none: every label is a range, or missing. "
                "Add files with exact labels: without them, this split neither trains nor measures "
                "this task"
            )
        case "cells", _:
            return f"expected at least {counted(int(limit), 'example')}; found {found:,}"
        case "balance", _:
            return f"expected at most {limit:.0%} of the examples; found {found:.1%}"
        case "slices", MeanShift(now, before, scale):
            return (
                f"expected a mean within {limit * scale:.1f} of {_ACCEPTED}, {before:.1f}; "
                f"found {now:.1f}"
            )
        case "slices", ShareShift(value, now, before):
            return (
                f"expected the share of {value} within {100 * limit:.0f} points of {_ACCEPTED}, "
                f"{before:.1%}; found {now:.1%}"
            )
        case "slices", facts.SmallGroups(groups, least):
            return (
                f"groups with fewer than {least} examples are not compared with {_ACCEPTED}: "
                f"{'; '.join(group or 'all' for group in groups)}"
            )
        case "drift" | "skew", MeanShift() | ShareShift() as shift:
            return (
                f"expected a distance of at most {limit:.3f} from {baseline}; found {found:.3f}: "
                f"{_shift(shift)}"
            )
        case "drift" | "skew", None:
            return f"expected values in this split and in {baseline}; found none in one of them"
        case "drift" | "skew", facts.LimitsBelowChance(features):
            named = (f"{feature.replace('_', ' ')} ({split})" for feature, split in features)
            return (
                f"too few examples to tell {finding.check} from chance at the configured limits, "
                f"so higher limits apply: {', '.join(named)}"
            )
        case "swapped", facts.Swap((first, second)):
            return (
                f"expected {first} and {second} to resemble {_ACCEPTED}; found {first} who "
                f"resemble the {second} accepted last, and {second} who resemble the {first}: "
                f"swapped, they fit better by {found:.0f} in chi-square, more than {limit:g}. "
                "Check whether the codes are swapped"
            )
        case "baseline", None:
            return "no data was accepted before this run, so drift is not checked"
        case "baseline", facts.OtherSchema(now, before):
            return (
                f"expected {_ACCEPTED} to have the schema of this run ({now[:_DIGEST]}); found "
                f"another schema ({before[:_DIGEST] or 'unknown'}): the two may not be comparable. "
                "If the schema change and all other findings are intended, accept them"
            )
    raise TypeError(f"Expected a finding with a message. Received: {finding!r}.")


def _shift(shift: MeanShift | ShareShift) -> str:
    if isinstance(shift, MeanShift):
        return f"the mean is {shift.now:.1f}, compared with {shift.before:.1f}"
    return f"{shift.value} is {shift.now:.1%}, compared with {shift.before:.1%}"


def _allowed(bounds: tuple[float | None, float | None] | None, values: tuple[str, ...]) -> str:
    if bounds:
        least, most = ("any" if bound is None else f"{bound:g}" for bound in bounds)
        return f" The schema allows {least} to {most}."
    return f" The schema allows {', '.join(values[:_MOST_VALUES])}." if values else ""
