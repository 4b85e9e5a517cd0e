"""Says findings in words: one sentence for each kind, which says what was expected and found."""

from components.data_gate import finding as kinds
from components.data_gate.finding import Finding, MeanShift, Range, ShareShift
from components.html.words import counted

# Of the values that a schema allows.
_MOST_VALUES = 20
_DIGEST = 12


def line_of(finding: Finding) -> str:
    """Returns a finding in one line."""
    about = ", ".join(filter(None, (finding.slice, finding.feature.replace("_", " "))))
    return f"{finding.where}: {about + ': ' if about else ''}{message_of(finding)}"


def message_of(finding: Finding) -> str:
    """Returns the sentence of a finding, without where and what it is about."""
    match finding:
        case kinds.Reported(message=message):
            return message
        case kinds.EmptySplit():
            return "expected examples; found none. Give more files, or other split sizes"
        case kinds.SchemaViolation(summary=summary, description=description, allowed=allowed):
            return f"{summary}: {description.strip()}{_allowed(allowed)}"
        case kinds.UnknownLabel():
            return (
                f"{finding.problem} in {finding.files:,} of {finding.listed:,}, such as "
                f"{finding.example}. These are quarantined. Mend the names or "
                "schema/corrections.csv, or teach the schema and trainer/features.py what is new"
            )
        case kinds.SmallCell(found=found, limit=int(limit)):
            return f"expected at least {counted(limit, 'example')}; found {found:,}"
        case kinds.Imbalance(found=found, limit=limit):
            return f"expected at most {limit:.0%} of the examples; found {found:.1%}"
        case kinds.Distant(found=found, limit=limit):
            return (
                f"expected values like {_baseline(finding.baseline_split)}, at a distance of at "
                f"most {limit:.3f}; found {found:.3f}: {_shift(finding.shift)}"
            )
        case kinds.NoValues(baseline_split=split):
            return f"expected values to compare with {_baseline(split)}; on one side there are none"
        case kinds.ChanceExceedsLimits(check=check, features=features):
            named = (f"{feature.replace('_', ' ')} ({split})" for feature, split in features)
            return (
                f"there are too few examples to tell {check} from chance at the limits that are "
                f"set, so that higher ones hold: {', '.join(named)}"
            )
        case kinds.GroupMoved(shift=MeanShift(now, before), tolerance=tolerance):
            return (
                f"expected a mean near the {before:.1f} of the data accepted last, within "
                f"{tolerance:.1f}; found {now:.1f}"
            )
        case kinds.GroupMoved(shift=ShareShift(value, now, before), tolerance=tolerance):
            return (
                f"expected a share of {value} near the {before:.1%} of the data accepted last, "
                f"within {tolerance:.0%}; found {now:.1%}"
            )
        case kinds.SmallGroups(groups=groups, min_examples=least):
            return (
                f"groups of fewer than {least} examples are not compared with those that were "
                f"accepted last: {'; '.join(group or 'all' for group in groups)}"
            )
        case kinds.Swapped(found=found, limit=limit, people=(one, other)):
            return (
                f"expected {one} and {other} who look like those that were accepted last; found "
                f"{one} like the {other} before, and {other} like the {one}: swapped, they fit "
                f"better by {found:.0f} in chi-square, where {limit:g} is allowed. Look at whether "
                "the codes were taken for each other"
            )
        case kinds.NoBaseline():
            return "nothing was accepted before this run: there is no drift to look for"
        case kinds.OtherSchema(schema=now, schema_before=before):
            return (
                f"expected statistics that were accepted under this schema ({now[:_DIGEST]}); "
                f"those that were accepted last are of another ({before[:_DIGEST] or 'unknown'}), "
                "so that the two may not compare. If the change of the schema is meant, and so is "
                "all else that is found, accept it"
            )
    raise TypeError(f"Expected a kind of finding that has words. Received: {finding!r}.")


def _baseline(split: str) -> str:
    return f"those of the {split} split" if split else "those that were accepted last"


def _shift(shift: MeanShift | ShareShift) -> str:
    if isinstance(shift, MeanShift):
        return f"the mean is {shift.now:.1f}, against {shift.before:.1f}"
    return f"{shift.value} is {shift.now:.1%}, against {shift.before:.1%}"


def _allowed(allowed: Range | tuple[str, ...] | None) -> str:
    if allowed is None:
        return ""
    if isinstance(allowed, Range):
        least, most = ("any" if bound is None else f"{bound:g}" for bound in allowed)
        return f" The schema allows {least} to {most}."
    return f" The schema allows {', '.join(allowed[:_MOST_VALUES])}."
