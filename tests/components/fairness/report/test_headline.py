"""Headlines of earlier runs: those that a plot cannot show are left out."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from components.fairness.display import PAGE_MEASURES
from components.fairness.report.headline import FILE, read_headlines
from components.fairness.report.page import render_page
from tests.components.fairness.drawn import make_predictions
from tests.components.fairness.report.test_page import document_of
from tests.hostile_documents import changed, check_page

(HEADLINE,) = json.loads(json.dumps(document_of(make_predictions(300))["trend"]))
# Without examples, a page has no plot but the trend.
EMPTY = document_of(make_predictions(0))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    for name in ("1", "2"):
        (folder / name).mkdir()
    (folder / "1" / FILE).write_text(json.dumps(HEADLINE))
    return folder


@settings(max_examples=25)
@given(changed(HEADLINE))
def test_any_change_of_an_earlier_headline_leaves_a_safe_page(
    history: Path, headline: dict
) -> None:
    (history / "2" / FILE).write_text(json.dumps(headline))
    earlier = read_headlines(str(history))
    assert earlier in ([HEADLINE], [HEADLINE, headline])
    check_page(render_page({**EMPTY, "trend": earlier}))


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"\xff\xfe", b"[]", b"7", b"[" * 99_999, b'{"format": 1}'),
        json.dumps(HEADLINE)[:-9].encode(),
        json.dumps({**HEADLINE, "measures": {"age_mae": {"value": 1.0}}}).encode(),
        json.dumps({**HEADLINE, "time": None}).encode(),
        json.dumps(HEADLINE).replace('"value": ', '"value": NaN, "was": ').encode(),
    ],
    ids=range(10),
)
def test_a_damaged_headline_is_left_out(history: Path, text: bytes) -> None:
    (history / "2" / FILE).write_bytes(text)
    assert read_headlines(str(history)) == [HEADLINE]


def test_measures_of_another_release_are_kept(history: Path) -> None:
    key, *_ = PAGE_MEASURES
    other = {**HEADLINE, "measures": {key: HEADLINE["measures"][key]}, "later": [1]}
    (history / "2" / FILE).write_text(json.dumps(other))
    assert read_headlines(str(history)) == [HEADLINE, other]
