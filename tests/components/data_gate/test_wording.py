"""What each kind of finding says, word for word."""

from typing import Any, get_args

import pytest

from components.data_gate.finding import (
    Anomaly,
    Facts,
    Finding,
    Level,
    LimitsBelowChance,
    MeanShift,
    OtherSchema,
    ShareShift,
    SmallGroups,
    Swap,
    UnknownLabel,
    Words,
)
from components.data_gate.wording import line_of, message_of

ANOMALY = ("Out-of-range values", "High value: 5. ")


def said(check: str, facts: Facts | None = None, **fields: Any) -> Finding:
    return Finding(**{"level": Level.WARN, "where": "train", **fields}, check=check, facts=facts)


MOVED = {"found": 0.25, "limit": 0.12}
LINES = [
    (said("drift", Words("as it was written"), where="eval"), "eval: as it was written"),
    (
        said("splits", where="eval"),
        "eval: expected examples; found none. Give more files, or other split sizes",
    ),
    (
        said("labels", feature="age"),
        "train: age: expected examples whose label is a number; found none: all labels are ranges, "
        "or missing. Add files that have numbers: without them this task is not learned from this "
        "split, and not measured on it",
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
        "files: expected race from 0 to 4; found 5 in 1,003 of 3,000, such as a/30_0_5.jpg. These "
        "are quarantined. Mend the names or schema/corrections.csv, or teach the schema and "
        "trainer/tasks.py what is new",
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
        "train: age: expected values like those that were accepted last, at a distance of at most "
        "0.120; found 0.250: the mean is 53.2, against 33.0",
    ),
    (
        said("skew", ShareShift("70+", 0.25, 0.0312), where="eval", feature="age_band", **MOVED),
        "eval: age band: expected values like those of the train split, at a distance of at most "
        "0.120; found 0.250: 70+ is 25.0%, against 3.1%",
    ),
    (
        said("drift", feature="colour"),
        "train: colour: expected values to compare with those that were accepted last; on one side "
        "there are none",
    ),
    (
        said(
            "skew",
            LimitsBelowChance((("age_band", "eval"), ("gender", "test"))),
            where="all splits",
        ),
        "all splits: there are too few examples to tell skew from chance at the limits that are "
        "set, so that higher ones hold: age band (eval), gender (test)",
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
        "train: Black, brightness: expected a mean near the 109.0 of the data accepted last, "
        "within 4.3; found 70.0",
    ),
    (
        said("slices", ShareShift("female", 1.0, 0.5), slice="Black", feature="gender", **MOVED),
        "train: Black, gender: expected a share of female near the 50.0% of the data accepted "
        "last, within 12%; found 100.0%",
    ),
    (
        said("slices", SmallGroups(("", "Black, male"), 30)),
        "train: groups of fewer than 30 examples are not compared with those that were accepted "
        "last: all; Black, male",
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
        "train: Black, gender: expected men and women who look like those that were accepted last; "
        "found men like the women before, and women like the men: swapped, they fit better by 98 "
        "in chi-square, where 20 is allowed. Look at whether the codes were taken for each other",
    ),
    (
        said("baseline"),
        "train: nothing was accepted before this run: there is no drift to look for",
    ),
    (
        said("baseline", OtherSchema("a" * 64, "")),
        "train: expected statistics that were accepted under this schema (aaaaaaaaaaaa); those "
        "that were accepted last are of another (unknown), so that the two may not compare. If the "
        "change of the schema is meant, and so is all else that is found, accept it",
    ),
]


@pytest.mark.parametrize(("finding", "line"), LINES, ids=[line[:50] for _, line in LINES])
def test_a_finding_is_said_in_one_line(finding: Finding, line: str) -> None:
    assert line_of(finding) == line


def test_all_facts_have_words() -> None:
    assert {type(finding.facts) for finding, _ in LINES} == {*get_args(Facts), type(None)}
    with pytest.raises(TypeError, match="Expected a finding that has words"):
        message_of(said("swapped", Anomaly(*ANOMALY)))


def test_of_many_values_that_a_schema_allows_some_are_named() -> None:
    values = tuple(map(str, range(30)))
    message = message_of(said("schema", Anomaly(*ANOMALY, values=values)))
    assert message.endswith(f"The schema allows {', '.join(values[:20])}.")
