"""`utkface report` on figures that damage, hands and hostile names changed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings

from components.html.visible import visible_text
from pipeline.cli import main
from tests.components.fairness.drawn import make_predictions
from tests.hostile_documents import TEXTS, changed, check_page
from tests.pipeline.cli.test_report import OUTPUTS, document_of
from tests.pipeline.recorded import Root

RUN = "20260101-1"
FIGURES = json.loads(json.dumps(document_of(make_predictions(60))))

# Without plots, a page is drawn ten times as fast.
EMPTY = document_of(make_predictions(0))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    made = Root(tmp_path_factory.mktemp("root"))
    made.run(RUN, json.loads(json.dumps(OUTPUTS)))
    return made


def report(root: Root, figures: object, *options: object) -> Result:
    root.write(RUN, figures)
    words = ["report", "--root", str(root.path), *map(str, options)]
    told = CliRunner(env={"COLUMNS": "140"}).invoke(main, words)
    assert told.exception is None or isinstance(told.exception, SystemExit)
    assert not {*"\x00\x1b\x7f\r\u2028\u202e"} & {*told.output}
    if told.exit_code:
        assert told.exit_code == 2
        assert f"artifacts/{RUN}/figures/figures.json: expected " in told.output
    return told


@settings(max_examples=8)
@given(changed(FIGURES))
def test_changed_figures_give_a_safe_page_or_are_named(root: Root, figures: object) -> None:
    page = root.path / "page.html"
    page.unlink(missing_ok=True)
    if report(root, figures, "--html", page).exit_code == 0:
        check_page(page.read_text(encoding="utf-8"))


@settings(max_examples=15)
@given(changed(FIGURES))
def test_changed_figures_give_a_table_or_are_named(root: Root, figures: object) -> None:
    report(root, figures)


@pytest.mark.parametrize("options", [(), ("--json", "--check"), ("--html", "page.html")])
@pytest.mark.parametrize("key", ["blessed", "blessed_before", "reasons"])
def test_figures_without_a_part_of_the_verdict_are_named(
    root: Root, key: str, options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    verdict = {name: value for name, value in FIGURES["verdict"].items() if name != key}
    told = report(root, {**FIGURES, "verdict": verdict}, *options)
    # Only a page shows the model blessed before.
    assert ("damaged" in told.output) == (told.exit_code == 2)
    assert not Path("page.html").exists()


@settings(max_examples=12)
@given(TEXTS)
def test_each_text_of_the_figures_is_shown_as_text(root: Root, text: str) -> None:
    figures = json.loads(json.dumps(EMPTY))
    accepted = {"accepted_by": f"a{text}", "accepted_because": f"b{text}"}
    figures["verdict"] |= {**accepted, "reasons": [f"c{text}"], "blessed_before": f"d{text}"}
    figures["slices"][-1] |= {"slice": f"e{text}", "too_small": True, "by": ["race", "gender"]}
    told = report(root, figures, "--html", root.path / "page.html")
    assert told.exit_code == 0
    shown = check_page((root.path / "page.html").read_text(encoding="utf-8"))
    for letter in "abcde":
        assert visible_text(f"{letter}{text}") in shown
