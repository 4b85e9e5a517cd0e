"""No page cuts off content on a phone, a tablet or a desktop."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from components.data_gate import page as gate_page
from components.data_gate.finding import Anomaly, Finding, Level, MeanShift
from components.data_gate.slice_statistics import Numbers, Slice, Slices, slice_name
from components.fairness.report.page import render_page as render_fairness
from components.html.page import render
from components.html.table import Cell, Table
from components.ingest.settings import IngestSettings
from pipeline.tools.inspection.inspect import inspect
from tests.browser import Browser
from tests.components.fairness.drawn import make_predictions
from tests.components.fairness.report.test_page import document_of
from tests.components.model_card.test_card import card
from trainer.data.balance import GROUPS, Balance
from trainer.groups import AGE_BAND
from trainer.tasks import RACE

WIDTHS = (360, 768, 1280)
LONG = "a" * 240


@pytest.fixture(scope="module")
def document() -> dict:
    """Document of a model that fails Black women, and also Others, which no bound limits."""
    drawn = make_predictions(4000)
    female, races = drawn.female.copy(), drawn.races.copy()
    female[(drawn.race == 1) & (drawn.gender == 1)] = 0.1
    races[drawn.race == 4] = [1, 0, 0, 0, 0]
    return document_of(drawn.changed(female=female, races=races))


def fairness(document: dict, _: Path) -> str:
    return render_fairness(document)


def model_card(document: dict, _: Path) -> str:
    _, page = card(document, data=[f"/faces/{LONG}"], warnings=[f"train: {LONG}"])
    return page.replace("<details>", "<details open>")


def _slices(mean: float) -> Slices:
    ages = dict.fromkeys(AGE_BAND.values, 4000.0)
    bins = ((0.0, mean, 10.0), (mean, 2 * mean, 20.0))
    numbers = {name: Numbers(30, mean, 5.0, bins) for name in ("age", "colour", "sharpness")}
    names = [(), *((race,) for race in RACE.classes), *GROUPS]
    return {
        slice_name(*values): Slice(12_345, numbers, {"age_band": ages}, values) for values in names
    }


def stopped_gate(_: dict, __: Path) -> str:
    def found(level: Level, check: str, **fields: object) -> Finding:
        return Finding(**{"level": level, "check": check, "where": "train", **fields})

    shift = MeanShift(53.2, 33.0, 17.5)
    cells = [
        found(level, "cells", where=split, slice=slice_name(*group), found=123, limit=12_345)
        for level, split in ((Level.STOP, "train"), (Level.WARN, "eval"))
        for group in GROUPS
    ]
    return gate_page.render_page(
        [
            found(Level.STOP, "drift", feature="age", found=0.3, limit=0.1, facts=shift),
            found(Level.STOP, "schema", feature=LONG, facts=Anomaly("Unexpected", LONG)),
            found(
                Level.STOP, "slices", slice="Black", feature="age", found=9, limit=1, facts=shift
            ),
            *cells,
            found(Level.PASS, "baseline"),
        ],
        now={"train": _slices(53.2), "eval": _slices(53.2)},
        before={"train": _slices(33.0)},
        baseline_entry=LONG,
        accepted_by="",
        accepted_because="",
        balance=Balance("weights", 10.0, (12_345,) * len(GROUPS)),
    )


def inspection(_: dict, folder: Path) -> str:
    data = folder / "data"
    data.mkdir()
    for name in ("20_0_0_20170109142408075.jpg", f"{LONG}.jpg", "1_2_3_4_5_6_7.jpg", "notes.txt"):
        (data / name).write_bytes(b"x")
    for number in range(40):
        colour = (100 + number, 3 * number, 5 * number)
        picture = data / f"{2 * number}_{number % 2}_{number % 5}_20170109142408{number:03}.jpg"
        Image.new("RGB", (200, 200), colour).save(picture)
    out = folder / "page.html"
    inspect([str(data)], IngestSettings(), {"train": 8, "eval": 1}, html=out)
    return out.read_text(encoding="utf-8")


PAGES = [fairness, model_card, stopped_gate, inspection]


@pytest.mark.parametrize("make", PAGES, ids=lambda make: make.__name__)
def test_no_page_cuts_off_content(
    make: Callable[[dict, Path], str], document: dict, tmp_path: Path, browser: Browser
) -> None:
    page = tmp_path / "page.html"
    page.write_text(make(document, tmp_path), encoding="utf-8")
    for width in WIDTHS:
        view = browser.open(page, width=width)
        assert (view.width, view.cut_off, view.complaints) == (width, [], [])


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Table], Path]:
    """Renders a table on its own page."""
    templates = tmp_path / "package_with_a_table" / "templates"
    templates.mkdir(parents=True)
    (templates.parent / "__init__.py").touch()
    (templates / "own.html").write_text(
        '{% extends "base.html" %}{% from "parts.html" import table %}'
        "{% block main %}{{ table(shown) }}{% endblock %}"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    def show(table: Table) -> Path:
        page = tmp_path / "page.html"
        page.write_text(render("own.html", package="package_with_a_table", shown=table))
        return page

    return show


@pytest.mark.parametrize("stacks", [True, False])
@pytest.mark.parametrize("columns", [1, 3, 40])
def test_a_table_of_any_width_shows_every_column(
    stacks: bool, columns: int, shown: Callable[[Table], Path], browser: Browser
) -> None:
    headings = [f"Column {number}" for number in range(columns)]
    rows = [[f"row {row}", *["1,234"] * (columns - 1)] for row in range(3)]
    page = shown(Table(title="Wide", headings=headings, rows=rows, stacks=stacks))
    for width in WIDTHS:
        assert browser.open(page, width=width).cut_off == []


def test_the_browser_detects_content_that_is_cut_off(
    shown: Callable[[Table], Path], browser: Browser
) -> None:
    table = Table(title="Wide", headings=["A", "B"], rows=[["a", Cell(LONG)]], stacks=False)
    page = shown(table)
    # Without the policy, which permits only the stylesheet as it is.
    html = page.read_text().replace("Content-Security-Policy", "")
    html = html.replace("overflow-x: auto;", "overflow: hidden;")
    page.write_text(html)
    assert any("its box" in line for line in browser.open(page, width=360).cut_off)
    page.write_text(
        html.replace("position: sticky", "").replace("overflow: hidden", "overflow: auto")
    )
    assert any("out of sight" in line for line in browser.open(page, width=360).cut_off)
    page.write_text(html.replace("</main>", "<svg><text x=999>x</text></svg></main>"))
    assert any("its plot" in line for line in browser.open(page, width=360).cut_off)
