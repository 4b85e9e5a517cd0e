"""The inspection page, the console report and tables, of ledgers with any names."""

import contextlib
import datetime
import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from components.errors import InputError
from components.html.visible import visible_text
from components.ingest.ledger.rows import LedgerRow
from components.ingest.outcome import read_rows
from components.ingest.rejection import RejectedFile
from components.ingest.settings import IngestSettings
from pipeline.cli.tables import print_table
from pipeline.console.report import Report, print_report
from pipeline.tools.inspection.overview import Overview
from pipeline.tools.inspection.page import render_page
from tests.components.fairness.drawn import make_predictions
from tests.components.fairness.report.test_page import document_of
from tests.components.model_card.test_card import summary
from tests.hostile_documents import TEXTS, changed, check_page

FIGURES = document_of(make_predictions(20))
CONTROLS = {*"\x00\x1b\x7f\r\u2028\u202e\u2066"}
NUMBERS = st.sampled_from([None, 0.0, 1.0, 255.0, 1e300])


def quarantined(text: str) -> LedgerRow:
    reason = RejectedFile.DUPLICATE
    return LedgerRow.quarantined(reason, f"c{text}", name=f"a{text}", source=f"b{text}")


def used(brightness: float | None, sharpness: float | None) -> LedgerRow:
    labels = {"age": 30, "gender": 1, "race": 2}
    scalars = {"brightness": brightness, "sharpness": sharpness}
    return LedgerRow(name="x", status="accepted", split="train", labels=labels, **scalars)


@settings(max_examples=8)
@given(TEXTS, NUMBERS, NUMBERS)
def test_each_text_of_a_ledger_is_shown_as_text(
    text: str, brightness: float | None, sharpness: float | None
) -> None:
    rows = [quarantined(text), used(brightness, sharpness)]
    page = render_page(
        [f"d{text}", "/faces"],
        summary(),
        Overview.of(rows, max_rows=10),
        refusal=f"e{text}",
        settings=IngestSettings(labels={"manifest": f"f{text}x"}),
        splits=["train", "eval"],
        looked_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    )
    shown = check_page(page)
    for letter in "abcdef":
        assert visible_text(f"{letter}{text}") in shown


@settings(max_examples=15)
@given(TEXTS)
def test_the_console_report_shows_each_text_without_control_characters(text: str) -> None:
    verdict = {**FIGURES["verdict"], "blessed_before": f"g{text}"}
    report = Report(
        ingest=summary(drawings=1),
        quarantined=[quarantined(text)],
        figures={**FIGURES, "verdict": verdict},
        warnings=[f"d{text}"],
        no_warm_start=f"e{text}",
        pushed_to=f"f{text}",
        places={"model": f"f{text}"},
    )
    written = io.StringIO()
    print_report(report, Console(file=written, width=10**5))
    shown = written.getvalue()
    assert not CONTROLS & {*shown}
    assert visible_text(f"g{text}") in shown
    for letter in "def":
        # Lines of a message stay lines.
        for line in f"{letter}{text}".split("\n"):
            assert visible_text(line) in shown
    assert json.loads(json.dumps(report.to_dict()))["warnings"] == [f"d{text}"]


@settings(max_examples=25)
@given(TEXTS)
def test_a_table_shows_each_text_without_control_characters(text: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as written:
        print_table(("run", "outcome"), [("a", text), (text, None)])
    shown = written.getvalue()
    assert not CONTROLS & {*shown}
    kept = {character for character in visible_text(text) if not character.isspace()}
    assert kept <= {*shown}


@settings(max_examples=60)
@given(changed(vars(quarantined("x"))))
def test_a_changed_row_of_a_ledger_is_read_or_named(tmp_path_factory, row: object) -> None:
    folder = tmp_path_factory.getbasetemp() / "ledger"
    folder.mkdir(exist_ok=True)
    (folder / "ledger.jsonl").write_text(f"{json.dumps(row)}\n")
    try:
        (read,) = read_rows(str(folder))
    except InputError as error:
        refusal = str(error)
    else:
        assert isinstance(read, LedgerRow)
        return
    assert refusal.startswith(f"{folder}/ledger.jsonl, line 1: expected a row of a ledger, ")
