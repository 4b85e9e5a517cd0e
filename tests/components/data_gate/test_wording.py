"""What each kind of finding says, word for word."""

import pytest

from components.data_gate import finding as kinds
from components.data_gate.finding import Finding, Level, MeanShift, Range, ShareShift
from components.data_gate.wording import line_of, message_of

LIMIT = {"level": Level.WARN, "where": "train", "found": 0.25, "limit": 0.12}
ANOMALY = {"where": "train", "summary": "Out-of-range values", "description": "High value: 5. "}

LINES: list[tuple[Finding, str]] = [
    (
        kinds.Reported(level=Level.STOP, check="drift", where="eval", message="as it was written"),
        "eval: as it was written",
    ),
    (
        kinds.EmptySplit(where="eval"),
        "eval: expected examples; found none. Give more files, or other split sizes",
    ),
    (
        kinds.SchemaViolation(**ANOMALY, feature="age"),
        "train: age: Out-of-range values: High value: 5.",
    ),
    (
        kinds.SchemaViolation(**ANOMALY, feature="age", allowed=Range(0, 116)),
        "train: age: Out-of-range values: High value: 5. The schema allows 0 to 116.",
    ),
    (
        kinds.SchemaViolation(**ANOMALY, feature="width", allowed=Range(None, 1e6)),
        "train: width: Out-of-range values: High value: 5. The schema allows any to 1e+06.",
    ),
    (
        kinds.SchemaViolation(**ANOMALY, feature="age_band", allowed=("0-2", "3-9")),
        "train: age band: Out-of-range values: High value: 5. The schema allows 0-2, 3-9.",
    ),
    (
        kinds.UnknownLabel(
            level=Level.STOP,
            problem="expected race from 0 to 4; found 5",
            files=1003,
            listed=3000,
            example="a/30_0_5.jpg",
        ),
        "files: expected race from 0 to 4; found 5 in 1,003 of 3,000, such as a/30_0_5.jpg. These "
        "are quarantined. Mend the names or schema/corrections.csv, or teach the schema and "
        "trainer/features.py what is new",
    ),
    (
        kinds.SmallCell(level=Level.STOP, where="train", slice="Black, male", found=0, limit=1),
        "train: Black, male: expected at least 1 example; found 0",
    ),
    (
        kinds.SmallCell(
            level=Level.WARN, where="eval", slice="Black, male", found=1234, limit=2000
        ),
        "eval: Black, male: expected at least 2,000 examples; found 1,234",
    ),
    (
        kinds.Imbalance(level=Level.WARN, where="train", slice="White", found=0.6543, limit=0.6),
        "train: White: expected at most 60% of the examples; found 65.4%",
    ),
    (
        kinds.Distant(
            **LIMIT, check="drift", feature="age", baseline_split="", shift=MeanShift(53.21, 33.0)
        ),
        "train: age: expected values like those that were accepted last, at a distance of at most "
        "0.120; found 0.250: the mean is 53.2, against 33.0",
    ),
    (
        kinds.Distant(
            **{**LIMIT, "where": "eval"},
            check="skew",
            feature="age_band",
            baseline_split="train",
            shift=ShareShift("70+", 0.25, 0.0312),
        ),
        "eval: age band: expected values like those of the train split, at a distance of at most "
        "0.120; found 0.250: 70+ is 25.0%, against 3.1%",
    ),
    (
        kinds.NoValues(check="drift", where="train", feature="colour", baseline_split=""),
        "train: colour: expected values to compare with those that were accepted last; on one side "
        "there are none",
    ),
    (
        kinds.ChanceExceedsLimits(
            check="skew", features=(("age_band", "eval"), ("gender", "test"))
        ),
        "all splits: there are too few examples to tell skew from chance at the limits that are "
        "set, so that higher ones hold: age band (eval), gender (test)",
    ),
    (
        kinds.GroupMoved(
            **LIMIT,
            slice="Black",
            feature="brightness",
            shift=MeanShift(70.0, 109.04),
            tolerance=4.35,
        ),
        "train: Black, brightness: expected a mean near the 109.0 of the data accepted last, "
        "within 4.3; found 70.0",
    ),
    (
        kinds.GroupMoved(
            **LIMIT,
            slice="Black",
            feature="gender",
            shift=ShareShift("female", 1.0, 0.5),
            tolerance=0.12,
        ),
        "train: Black, gender: expected a share of female near the 50.0% of the data accepted "
        "last, within 12%; found 100.0%",
    ),
    (
        kinds.SmallGroups(where="train", groups=("", "Black, male"), min_examples=30),
        "train: groups of fewer than 30 examples are not compared with those that were accepted "
        "last: all; Black, male",
    ),
    (
        kinds.Swapped(
            level=Level.STOP,
            where="train",
            slice="Black",
            feature="gender",
            found=97.77,
            limit=20.0,
            people=("men", "women"),
        ),
        "train: Black, gender: expected men and women who look like those that were accepted last; "
        "found men like the women before, and women like the men: swapped, they fit better by 98 "
        "in chi-square, where 20 is allowed. Look at whether the codes were taken for each other",
    ),
    (
        kinds.NoBaseline(where="train"),
        "train: nothing was accepted before this run: there is no drift to look for",
    ),
    (
        kinds.OtherSchema(where="train", schema="a" * 64, schema_before=""),
        "train: expected statistics that were accepted under this schema (aaaaaaaaaaaa); those "
        "that were accepted last are of another (unknown), so that the two may not compare. If the "
        "change of the schema is meant, and so is all else that is found, accept it",
    ),
]


@pytest.mark.parametrize(("finding", "line"), LINES, ids=[line[:50] for _, line in LINES])
def test_a_finding_is_said_in_one_line(finding: Finding, line: str) -> None:
    assert line_of(finding) == line


def test_every_kind_has_words() -> None:
    assert {type(finding) for finding, _ in LINES} == set(Finding.__subclasses__())
    with pytest.raises(TypeError, match="Expected a kind of finding that has words"):
        message_of(Finding(level=Level.STOP, check="drift", where="train"))


def test_of_many_values_that_a_schema_allows_some_are_named() -> None:
    finding = kinds.SchemaViolation(**ANOMALY, allowed=tuple(map(str, range(30))))
    assert message_of(finding).endswith(
        "The schema allows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19."
    )
