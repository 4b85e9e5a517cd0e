"""Exact message of each kind of finding."""

from typing import Any, get_args

import pytest

from components.data_gate.finding import (
    Anomaly,
    Facts,
    Finding,
    Level,
    LimitsBelowChance,
    MeanShift,
    Message,
    OtherSchema,
    ShareShift,
    SmallGroups,
    Swap,
    UnknownLabel,
)
from components.data_gate.wording import fold, format_line, format_message

ANOMALY = ("Out-of-range values", "High value: 5. ")


def said(check: str, facts: Facts | None = None, **fields: Any) -> Finding:
    return Finding(**{"level": Level.WARN, "where": "train", **fields}, check=check, facts=facts)


MOVED = {"found": 0.25, "limit": 0.12}
LINES = [
    (said("drift", Message("as it was written"), where="eval"), "eval: as it was written"),
    (
        said("splits", where="eval"),
        "eval: expected examples; found none. Add files, or change the split sizes",
    ),
    (
        said("labels", feature="age"),
        "train: age: expected exact labels; found none: every label is a range, or missing. Add "
        "files with exact labels: without them, this split neither trains nor measures this task",
    ),
    (
        said("schema", Anomaly(*ANOMALY), feature="age"),
        "train: age: Out-of-range values: High value: 5.",
    ),
    (
        said("schema", Anomaly(*ANOMALY, bounds=(0, 116)), feature="age"),
        "train: age: Out-of-range values: High value: 5. The schema allows 0 to 116.",
    ),
    (
        said("schema", Anomaly(*ANOMALY, bounds=(None, 1e6)), feature="width"),
        "train: width: Out-of-range values: High value: 5. The schema allows any to 1e+06.",
    ),
    (
        said("schema", Anomaly(*ANOMALY, values=("0-2", "3-9")), feature="age_band"),
        "train: age band: Out-of-range values: High value: 5. The schema allows 0-2, 3-9.",
    ),
    (
        said(
            "labels",
            UnknownLabel("expected race from 0 to 4; found 5", 1003, 3000, "a/30_0_5.jpg"),
            where="files",
        ),
        "files: expected race from 0 to 4; found 5 in 1,003 of 3,000 files, e.g. a/30_0_5.jpg. "
        "These files are quarantined. Correct their names or schema/corrections.csv, or add the "
        "new value to the schema and trainer/tasks.py",
    ),
    (
        said("cells", slice="Black, male", found=0, limit=1),
        "train: Black, male: expected at least 1 example; found 0",
    ),
    (
        said("cells", slice="Black, male", found=1234, limit=2000),
        "train: Black, male: expected at least 2,000 examples; found 1,234",
    ),
    (
        said("balance", slice="White", found=0.6543, limit=0.6),
        "train: White: expected at most 60% of the examples; found 65.4%",
    ),
    (
        said("drift", MeanShift(53.21, 33.0, 17.5), feature="age", **MOVED),
        "train: age: expected a distance of at most 0.120 from the data accepted last; found "
        "0.250: the mean is 53.2, compared with 33.0",
    ),
    (
        said("skew", ShareShift("70+", 0.25, 0.0312), where="eval", feature="age_band", **MOVED),
        "eval: age band: expected a distance of at most 0.120 from the train split; found 0.250: "
        "70+ is 25.0%, compared with 3.1%",
    ),
    (
        said("drift", feature="colour"),
        "train: colour: expected values in this split and in the data accepted last; found none "
        "in one of them",
    ),
    (
        said(
            "skew",
            LimitsBelowChance((("age_band", "eval"), ("gender", "test"))),
            where="all splits",
        ),
        "all splits: too few examples to tell skew from chance at the configured limits, so higher "
        "limits apply: age band (eval), gender (test)",
    ),
    (
        said(
            "slices",
            MeanShift(70.0, 109.04, 29.0),
            slice="Black",
            feature="brightness",
            found=1.35,
            limit=0.15,
        ),
        "train: Black, brightness: expected a mean within 4.3 of the data accepted last, 109.0; "
        "found 70.0",
    ),
    (
        said("slices", ShareShift("female", 1.0, 0.5), slice="Black", feature="gender", **MOVED),
        "train: Black, gender: expected the share of female within 12 points of the data accepted "
        "last, 50.0%; found 100.0%",
    ),
    (
        said("slices", SmallGroups(("", "Black, male"), 30)),
        "train: groups with fewer than 30 examples are not compared with the data accepted last: "
        "all; Black, male",
    ),
    (
        said(
            "swapped",
            Swap(("men", "women")),
            slice="Black",
            feature="gender",
            found=97.77,
            limit=20.0,
        ),
        "train: Black, gender: expected men and women to resemble the data accepted last; found "
        "men who resemble the women accepted last, and women who resemble the men: swapped, they "
        "fit better by 98 in chi-square, more than 20. Check whether the codes are swapped",
    ),
    (
        said("baseline"),
        "train: no data was accepted before this run, so drift is not checked",
    ),
    (
        said("baseline", OtherSchema("a" * 64, "")),
        "train: expected the data accepted last to have the schema of this run (aaaaaaaaaaaa); "
        "found another schema (unknown): the two may not be comparable. If the schema change and "
        "all other findings are intended, accept them",
    ),
]


@pytest.mark.parametrize(("finding", "line"), LINES, ids=[line[:50] for _, line in LINES])
def test_a_finding_is_formatted_as_one_line(finding: Finding, line: str) -> None:
    assert format_line(finding) == line


def test_all_facts_have_a_message() -> None:
    assert {type(finding.facts) for finding, _ in LINES} == {*get_args(Facts), type(None)}
    with pytest.raises(TypeError, match="Expected a finding with a message"):
        format_message(said("swapped", Anomaly(*ANOMALY)))


def test_a_long_list_of_allowed_values_is_truncated() -> None:
    values = tuple(map(str, range(30)))
    message = format_message(said("schema", Anomaly(*ANOMALY, values=values)))
    assert message.endswith(f"The schema allows {', '.join(values[:20])}.")


def test_groups_with_too_few_examples_share_a_line() -> None:
    def few(slice: str, found: int, limit: int = 50, where: str = "train") -> Finding:
        return said("cells", slice=slice, found=found, limit=limit, where=where)

    white, black = few("White, male", 9), few("Black, male", 1234, 2000)
    findings = [white, said("baseline"), few("Asian, male", 0), black, few("Others, male", 9)]
    findings.append(few("White, male", 3, where="eval"))
    folded = [format_line(*alike) for alike in fold(findings)]
    assert folded == [
        "train: White, male; Asian, male; Others, male: expected at least 50 examples in each; "
        "found 0 to 9",
        format_line(said("baseline")),
        "train: Black, male: expected at least 2,000 examples; found 1,234",
        "eval: White, male: expected at least 50 examples; found 3",
    ]
    assert format_message(white, white).endswith("in each; found 9")
