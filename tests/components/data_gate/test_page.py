"""The page of the gate: what it says, and that it says it offline."""

import re
from pathlib import Path

import pytest

from components.data_gate.artifact import PAGE_FILE
from components.data_gate.settings import GateSettings, LeastCounts, Limits
from tests.components.data_gate.conftest import Accepted
from tests.components.data_gate.gated import Outcome, gate, split
from tests.components.data_gate.test_faults import older


def page_of(found: Outcome) -> str:
    return Path(found.report.uri, PAGE_FILE).read_text()


@pytest.fixture
def stopped(drawn_accepted: Accepted, tmp_path: Path) -> str:
    now = split(older(drawn_accepted.table))
    return page_of(gate(now, drawn_accepted.statistics, tmp_path))


def test_the_page_marks_what_has_moved_beside_what_was(stopped: str) -> None:
    assert "<strong>Stop.</strong>" in stopped
    assert "Age band: has moved" in stopped and "Gender: has moved" not in stopped
    assert re.search(r"<text[^>]*>[\d.]+% moved</text>", stopped)
    assert stopped.count("accepted last</text>") >= 5
    assert 'aria-label="Shares of the train split by age band. 0-2: 0.0%, before ' in stopped


def test_the_page_needs_nothing_but_itself(stopped: str) -> None:
    assert "<script" not in stopped and "<link" not in stopped
    assert not re.search(r"""(?:src|href)=["'](?!#)""", stopped)
    ids = re.findall(r'\bid="([^"]+)"', stopped)
    assert len(ids) == len(set(ids))
    assert len(stopped) < 200_000


def test_a_reason_is_told_and_its_markup_is_text(drawn_accepted: Accepted, tmp_path: Path) -> None:
    now = split(older(drawn_accepted.table))
    reason = "<script>alert(1)</script>\u202e a census"
    page = page_of(gate(now, drawn_accepted.statistics, tmp_path, accepted_because=reason))
    assert "<strong>Stop, and accepted.</strong>" in page
    assert "<script" not in page and "&lt;script&gt;" in page and "\u202e" not in page


def test_small_groups_and_large_ones_are_told(drawn_accepted: Accepted, tmp_path: Path) -> None:
    settings = GateSettings(
        train_cells=LeastCounts(warn=60, stop=40),
        eval_cells=LeastCounts(),
        largest_share=Limits(warn=0.2, stop=0.5),
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
    assert f"expected at most 50% of the examples; found {white:.1%}" in page_of(found)
