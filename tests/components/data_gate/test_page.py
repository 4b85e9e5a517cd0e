"""Content of the gate's page, which works offline."""

import logging
import re
from pathlib import Path

import pytest

from components.data_gate.artifact import PAGE_FILE
from components.data_gate.checks.settings import GateSettings, LeastCounts, ShareLimits
from components.data_gate.component import LOGGER
from components.data_gate.finding import Finding, Level
from components.data_gate.page import render_page
from components.data_gate.slice_statistics import ALL, Slice, Slices
from tests.components.data_gate.conftest import Accepted
from tests.components.data_gate.gated import Outcome, gate, split
from tests.components.data_gate.test_faults import older
from trainer.data.balance import GROUPS, Balance


def page_of(found: Outcome) -> str:
    return Path(found.report.uri, PAGE_FILE).read_text()


@pytest.fixture
def stopped(drawn_accepted: Accepted, tmp_path: Path) -> str:
    now = split(older(drawn_accepted.table))
    return page_of(gate(now, drawn_accepted.statistics, tmp_path))


def test_the_page_marks_drift_from_the_data_accepted_last(stopped: str) -> None:
    assert "<strong>Stop.</strong>" in stopped
    assert "Age band: has drifted" in stopped and "Gender: has drifted" not in stopped
    assert re.search(r"<text[^>]*>[\d.]+% drifted</text>", stopped)
    assert stopped.count("accepted last</text>") >= 5
    assert 'aria-label="Shares of the train split by age band. 0-2: 0.0%, before ' in stopped


def test_drifted_groups_come_after_the_plots(stopped: str) -> None:
    findings, _, groups = stopped.partition('<h2 id="groups">')
    (told,) = re.findall(r'<p>(\d+) findings are about single groups: <a href="#groups">', findings)
    assert groups.count('class="stop"') + groups.count('class="warn"') == int(told) > 20
    assert findings.count("<figure>") == 8 and groups.count("<figure>") == 3
    assert groups.rfind("</figure>") < groups.find("<table")


def test_the_page_is_self_contained(stopped: str) -> None:
    assert "<script" not in stopped and "<link" not in stopped
    assert not re.search(r"""(?:src|href)=["'](?!#)""", stopped)
    ids = re.findall(r'\bid="([^"]+)"', stopped)
    assert len(ids) == len(set(ids))
    assert len(stopped) < 200_000


def test_the_page_escapes_markup_in_the_acceptance_reason(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    now = split(older(drawn_accepted.table))
    reason = "<script>alert(1)</script>\u202e a census"
    page = page_of(gate(now, drawn_accepted.statistics, tmp_path, accepted_because=reason))
    assert "<strong>Stop, accepted.</strong>" in page
    assert "<script" not in page and "&lt;script&gt;" in page and "\u202e" not in page


def test_groups_that_are_too_small_or_too_large_are_reported(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    settings = GateSettings(
        train_cells=LeastCounts(warn=60, stop=40),
        eval_cells=LeastCounts(),
        largest_share=ShareLimits(warn=0.2, stop=0.5),
    )
    frames = split(drawn_accepted.table)
    found = gate(frames, None, tmp_path, settings=settings)
    sizes = frames["train"].groupby(["race", "gender"]).size()
    few = {one.slice: (one.found, one.level.value) for one in found.findings if one.slice}
    white = (frames["train"].race == 0).mean()
    assert few.pop("White") == (pytest.approx(white), "stop")
    assert few == {
        f"Black, {word}": (sizes[1, gender], "stop" if sizes[1, gender] < 40 else "warn")
        for gender, word in enumerate(("male", "female"))
        if sizes[1, gender] < 60
    }
    page = page_of(found)
    assert f"expected at most 50% of the examples; found {white:.1%}" in page


def test_groups_with_too_few_examples_are_listed_in_a_table(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    frames = split(drawn_accepted.table)
    settings = GateSettings(
        train_cells=LeastCounts(warn=10**6), eval_cells=LeastCounts(warn=10**6, stop=5)
    )
    found = gate(frames, None, tmp_path, settings=settings)
    page = page_of(found)
    sizes = {name: frame.groupby(["race", "gender"]).size() for name, frame in frames.items()}
    least, most = sizes["train"].min(), sizes["train"].max()
    assert "<bdi>10 groups</bdi>" in page
    message = f"expected at least 1,000,000 examples in each; found {least:,} to {most:,}"
    assert page.count(message) == 1
    for name in ("train", "eval"):
        table = page.partition(f"<caption>{name.capitalize()}: examples by race and gender")[2]
        cells = re.findall(
            r'<td role="cell" data-label="(\w+)" class="(\w+) number"><bdi>([\d,]+)</bdi><small>'
            r"<bdi>(\w+): under",
            table.partition("</table>")[0],
        )
        stop = 5 if name == "eval" else 0
        assert cells == [
            (word, level, f"{sizes[name].get((race, gender), 0):,}", level)
            for race in range(5)
            for gender, word in enumerate(("male", "female"))
            for level in ["stop" if sizes[name].get((race, gender), 0) < stop else "warn"]
        ]
    assert "<caption>Test:" not in page


@pytest.mark.parametrize(
    ("method", "words"),
    [("weights", "weights the examples"), ("oversample", "repeats some examples and leaves out")],
)
def test_rebalanced_shares_are_drawn_and_described(
    drawn_accepted: Accepted, tmp_path: Path, method: str, words: str
) -> None:
    # One group is small, and another is absent.
    table = drawn_accepted.table
    short = (table.race == 1) & (table.gender == 1) & (table.index % 4 > 0)
    frames = split(table[~short & ~((table.race == 2) & (table.gender == 0))])
    page = page_of(gate(frames, None, tmp_path, rebalance=method, rebalance_max_weight=3.0))
    assert f"Training {words}" in page and "count equally, up to 3 times per example" in page
    assert f"<code>trainer.rebalance</code> is {method}." in page
    assert "Groups without examples: Asian male." in page
    (label,) = re.findall(r'aria-label="Share of each race and gender group ([^"]*)', page)
    told = dict(part.split(": ") for part in label.partition(". ")[2].rstrip(".").split("; "))
    assert list(told) == [" ".join(group) for group in GROUPS]
    assert told["Asian male"] == "no examples"
    sizes = frames["train"].groupby(["race", "gender"]).size()
    share, effective = sizes[1, 1] / sizes.sum(), 3 * sizes[1, 1] / sizes.sum()
    expected = f"{share:.1%} of the train split, {effective:.1%}, x 3 in training"
    assert told["Black female"] == expected
    assert f">{effective:.1%}, x 3</text>" in page and ">no examples</text>" in page


def test_no_rebalanced_shares_are_drawn_without_rebalancing(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    page = page_of(gate(split(drawn_accepted.table), None, tmp_path))
    assert "Training uses the train split as it is: <code>trainer.rebalance</code> is none." in page
    assert "Share of each race and gender group" not in page


def render(train: Slices) -> str:
    return render_page(
        [],
        now={"train": train},
        before={},
        baseline_entry="",
        accepted_by="",
        accepted_because="",
        balance=Balance("weights", 10.0, (0,) * len(GROUPS)),
    )


def test_nothing_is_rebalanced_if_no_group_has_examples() -> None:
    page = render({ALL: Slice(5, {}, {"race": {"7": 5}})})
    assert "No group of race and gender has examples, so there is nothing to rebalance" in page
    assert "Share of each race and gender group" not in page


def test_the_page_renders_with_an_empty_train_split() -> None:
    page = render({})
    assert "<strong>Pass.</strong> There are no findings." in page and "Rebalancing" not in page


def test_a_note_starts_with_a_capital_letter(drawn_accepted: Accepted, tmp_path: Path) -> None:
    page = page_of(gate(split(drawn_accepted.table), None, tmp_path))
    assert "<p>No data was accepted before this run, so drift is not checked.</p>" in page


def test_the_first_run_logs_that_drift_is_not_checked(
    drawn_accepted: Accepted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frames = split(drawn_accepted.table)
    with caplog.at_level(logging.INFO, logger=LOGGER.name):
        gate(frames, drawn_accepted.statistics, tmp_path / "later")
        assert [one for one in caplog.records if hasattr(one, "gate_note")] == []
        gate(frames, None, tmp_path / "first")
    told = [one.gate_note for one in caplog.records if hasattr(one, "gate_note")]
    assert told == [Finding(level=Level.PASS, check="baseline", where="train")]
