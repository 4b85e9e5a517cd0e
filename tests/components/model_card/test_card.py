"""The model card says what the run did, and what others chose in it stays text."""

import re
from dataclasses import replace

import pytest

from components.fairness.document import Verdict, make_document
from components.fairness.judge.judging import judge
from components.fairness.measure.bootstrap import measure
from components.fairness.reason import WORST, Reason
from components.fairness.settings import FairnessSettings
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.summary import IngestSummary, SplitTally
from components.model_card.card import Facts, make_sections, to_markdown, to_page
from tests.components.fairness.drawn import make_predictions
from trainer import features

REASON = Reason(
    kind=WORST,
    slice="Black, female",
    measure="gender_accuracy",
    is_lower_bound=True,
    bound=0.6,
    value=0.41,
)
LINE = "Black, female: gender accuracy: expected at least 0.6; found 0.41"
TITLES = [
    *("Model details", "Model parameters", "Data", "Quantitative analysis", "Uses", "Limits"),
    "Ethical considerations",
]


@pytest.fixture(scope="module")
def document() -> dict:
    outcomes, settings = make_predictions(400), FairnessSettings()
    measured = measure(outcomes, resamples=50)
    return make_document(
        outcomes, measured, judge(measured, None, settings), Verdict(True, ()), settings
    )


def card(document: dict, **changes: object) -> tuple[str, str]:
    summary = IngestSummary(
        listed=1234,
        accepted=1200,
        repaired=0,
        quarantined=34,
        ignored=0,
        by_reason={},
        duplicates=Duplicates(0, 0, 0, 0, None, 0, 0),
        distributions={"race": {"White": 700, "Black": 500}},
        drawings=0,
        splits={"train": SplitTally(840, "0"), "test": SplitTally(400, "0")},
    )
    settings = {"epochs": 3, "age_loss": None, "augmentation": {"method": "none", "shift": 0.1}}
    facts = Facts(
        pipeline="utkface",
        data=["/faces"],
        ingest=summary,
        warnings=[],
        history={
            "hyperparameters": settings,
            "epochs": [{}, {}, {}],
            "best_epoch": 2,
            "warm_start": None,
            "image_size": 64,
        },
        figures=document,
        pushed_to="/serving/7",
        lineage={"Model": "/artifacts/model/9"},
    )
    sections = make_sections(replace(facts, **changes))
    return to_markdown(sections), to_page(sections)


def test_both_have_all_sections_of_the_model_card_toolkit(document):
    markdown, page = card(document)
    assert re.findall("^## (.*)$", markdown, re.MULTILINE) == TITLES
    assert re.findall("<h2>(.*?)</h2>", page) == TITLES


def test_it_says_what_the_run_did(document):
    markdown, page = card(document, warnings=["train: few Black faces"])
    for line in (
        "- Pipeline utkface",
        "- Model: /artifacts/model/9",
        "- Published to /serving/7",
        "- 1,234 files, of which 34 are not used",
        "| epochs | 3 | ",
        "| age\\_loss | its default | ",
        "| augmentation | none | ",
        "| race | White | 700 | ",
        "- The data gate said: train: few Black faces",
    ):
        assert line in markdown.splitlines()
    assert "It was published: it misses no bound" in markdown
    assert "the one that did best on the eval split, epoch 2. It began from scratch." in markdown
    row = document["slices"][0]["measures"]["age_mae"]
    assert f"| all | 400 | {row['value']:.1f} ({row['low']:.1f} to {row['high']:.1f}) |" in markdown
    assert "Others, male (too few)" in markdown
    assert "non-commercial research" in markdown and "perceived ones" in markdown
    assert "ill-advised" in markdown
    assert "<script" not in page and "1,234 files" in page


def test_a_window_of_spans_is_told(document):
    counts = {"White": (1000, 90, 300), "Black": (700, 60, 200)}
    composition = [
        {"slice": race, "by": ("race",), "examples": dict(zip(features.SPLITS, found, strict=True))}
        for race, found in counts.items()
    ]
    line = "- Trained and measured together with earlier spans: train 1,700, eval 150, test 500"
    told, _ = card({**document, "composition": composition})
    assert line in told.splitlines()
    alone, _ = card({**document, "composition": [{**composition[0], "by": ("gender",)}]})
    assert "together with earlier spans" not in alone


def test_a_warm_start_is_told(document):
    history = {
        "hyperparameters": {"augmentation": {"method": "none"}},
        "epochs": [{}],
        "best_epoch": 1,
        "warm_start": {"from": "the model of Monday"},
        "image_size": 96,
    }
    markdown, _ = card(document, history=history)
    assert "It began with what the model of Monday had learnt." in markdown


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (Verdict(False, (REASON,)), "It was not blessed, and not published: do not use it."),
        (
            Verdict(True, (REASON,), accepted_because="a trial", accepted_by="ana"),
            "It was published although it fails a group; ana accepted that: a trial",
        ),
    ],
)
def test_what_it_fails_is_said_first(document, verdict, told):
    markdown, page = card(document, figures={**document, "verdict": verdict.to_dict()})
    assert told in markdown and told in page
    assert f"- Not met: {LINE}" in markdown
    assert markdown.index(LINE) < markdown.index("## Model parameters")


def test_names_of_others_become_no_markup(document):
    hostile = "/faces/<script>|*x*`[y](z)\u202e"
    markdown, page = card(document, data=[hostile])
    (line,) = [line for line in markdown.splitlines() if line.startswith("- From ")]
    assert line.endswith(r"\<script\>\|\*x\*\`\[y\](z)\\u202e")
    assert "<script" not in page and "\u202e" not in page + markdown
