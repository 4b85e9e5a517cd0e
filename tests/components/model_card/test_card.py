"""The model card describes the run, and untrusted names in it stay plain text."""

import re

import pytest

from components.fairness.display import format_interval, worst_group
from components.fairness.document import Verdict, make_document
from components.fairness.judge.judgment import judge
from components.fairness.judge.unbounded import find_unbounded, format_unbounded
from components.fairness.measure.bootstrap import measure
from components.fairness.reason import WORST, Reason
from components.fairness.settings import FairnessSettings
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.summary import IngestSummary, SplitTally
from components.model_card.card import make_sections
from components.model_card.formats import to_markdown, to_page
from components.model_card.training import Training
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
    *("What it does", "Whom it fails", "What it is for, and what it is not for", "Results"),
    *("Limits", "Ethical considerations", "Data", "Training", "Provenance"),
]


@pytest.fixture(scope="module")
def document() -> dict:
    outcomes, settings = make_predictions(400), FairnessSettings()
    measured = measure(outcomes, resamples=50)
    return make_document(
        outcomes, measured, judge(measured, None, settings), Verdict(True, ()), settings
    )


def summary(*, drawings: int = 0) -> IngestSummary:
    return IngestSummary(
        listed=1234,
        accepted=1200,
        repaired=0,
        quarantined=34,
        ignored=0,
        by_reason={},
        duplicates=Duplicates(0, 0, 0, 0, {}, 0, 0),
        distributions={"race": {"White": 700, "Black": 500}},
        drawings=drawings,
        splits={"train": SplitTally(840, "0"), "test": SplitTally(400, "0")},
    )


def card(document: dict, **changes: object) -> tuple[str, str]:
    settings = {"epochs": 3, "age_loss": None, "augmentation": {"method": "none", "shift": 0.1}}
    facts = {
        "pipeline": "utkface",
        "data": ["/faces"],
        "ingest": summary(),
        "warnings": [],
        "history": {
            "hyperparameters": settings,
            "epochs": [{}, {}, {}],
            "best_epoch": 2,
            "warm_start": None,
            "image_size": 64,
        },
        "figures": document,
        "pushed_to": "/serving/7",
        "lineage": {"Model": "/artifacts/model/9"},
    }
    facts |= changes
    facts["training"] = Training.of(facts.pop("history"))
    sections = make_sections(**facts)
    return to_markdown(sections), to_page(sections)


def test_markdown_and_page_have_the_same_sections_in_order(document):
    markdown, page = card(document)
    assert re.findall("^## (.*)$", markdown, re.MULTILINE) == TITLES
    assert re.findall("<h2>(.*?)</h2>", page) == TITLES


def test_the_card_describes_the_run(document):
    markdown, page = card(document, warnings=["train: few Black faces"])
    for line in (
        "| Pipeline | utkface |",
        "| Data | /faces |",
        "| Model | /artifacts/model/9 |",
        "| Published to | /serving/7 |",
        "- 1,234 files, of which 34 are not used",
        "| epochs | 3 |",
        "| race | White | 700 |",
        "- Data gate: train: few Black faces",
    ):
        assert line in markdown.splitlines()
    assert "It is published: it misses no bound" in markdown
    assert "The weights are those of epoch 2 of 3, the best on the eval split." in markdown
    assert "Training started from scratch." in markdown
    row = document["slices"][0]["measures"]["age_mae"]
    assert f"| all | 400 | {row['value']:.1f} ({row['low']:.1f} to {row['high']:.1f}) |" in markdown
    assert "Others, male (too few)" in markdown
    assert "non-commercial research" in markdown and "perceived, not self-reported" in markdown
    assert "advises against classifying such traits" in markdown
    assert "<script" not in page and "1,234 files" in page


def test_settings_with_default_values_are_folded(document):
    settings = {"epochs": 3, "batch_size": 64, "age_loss_weight": None, "seed": 1}
    settings |= {"augmentation": {"method": "none", "zoom": 0.2}, "of_an_earlier_release": True}
    history = {
        "hyperparameters": settings,
        "epochs": [{}],
        "best_epoch": 1,
        "warm_start": None,
        "image_size": 96,
    }
    markdown, page = card(document, history=history)
    shown, folded = markdown.partition("## Training")[2].split("<details>")[:2]
    changed = ["epochs | 3", "augmentation.method | none", "of\\_an\\_earlier\\_release | true"]
    assert re.findall(r"^\| (.*) \|$", shown, re.MULTILINE) == ["Setting | Value", *changed]
    assert re.findall(r"^\| (.*) \|$", folded.partition("## ")[0], re.MULTILINE) == [
        *("Setting | Value", "batch\\_size | 64", "age\\_loss\\_weight | null", "seed | 1"),
        "augmentation.zoom | 0.2",
    ]
    assert page.count("<details>") == page.count("<summary>") == 3
    (only,) = [part for part in page.split("<details>") if "<bdi>batch_size</bdi>" in part]
    assert only.index("<summary>Settings with their default values</summary>") < only.index("seed")
    same, _ = card(document, history={**history, "hyperparameters": {"seed": 1}})
    assert "Every setting has its default value." in same


def test_drawn_faces_are_noted_without_literal_backticks(document):
    markdown, page = card(document, ingest=summary(drawings=1200))
    for text in (markdown, page):
        assert "1,200 of the 1,234 images are drawings made by the command utkface sample" in text
        assert "`" not in text


def test_paths_are_only_in_tables(document):
    markdown, _ = card(document, data=["/faces/a", "/faces/b"], pushed_to="/serving/7")
    prose = [line for line in markdown.splitlines() if not line.startswith("|")]
    assert [line for line in prose if "/faces" in line or "/serving" in line] == []
    assert markdown.index("/faces/a") > markdown.index("## Provenance")


def test_the_worst_group_is_listed_for_each_measure(document):
    markdown, _ = card(document)
    section = markdown.partition("## Whom it fails")[2].partition("\n## ")[0]
    for key, title in (
        ("age_mae", "Age: mean error"),
        ("race_accuracy", "Race: correct predictions"),
    ):
        worst = worst_group(document, key)
        (line,) = [line for line in section.splitlines() if line.startswith(f"| {title} |")]
        assert f"| {worst['slice']} | {format_interval(worst, key)} | {worst['examples']} |" in line
    # The model is equally good for all groups, apart from chance.
    for one in find_unbounded(document):
        assert f"- No bound: {format_unbounded(one).partition(';')[0]}" in section
    assert "- Fewer than 30 test images, too few to judge: " in section
    assert "Others, male" in section


def test_a_window_of_spans_is_reported(document):
    counts = {"White": (1000, 90, 300), "Black": (700, 60, 200)}
    composition = [
        {"slice": race, "by": ("race",), "examples": dict(zip(features.SPLITS, found, strict=True))}
        for race, found in counts.items()
    ]
    line = "- Trained and measured together with earlier spans: train 1,700, eval 150, test 500"
    markdown, _ = card({**document, "composition": composition})
    assert line in markdown.splitlines()
    alone, _ = card({**document, "composition": [{**composition[0], "by": ("gender",)}]})
    assert "together with earlier spans" not in alone


def test_a_warm_start_is_reported(document):
    history = {
        "hyperparameters": {"augmentation": {"method": "none"}},
        "epochs": [{}],
        "best_epoch": 1,
        "warm_start": {"from": "the model of Monday"},
        "image_size": 96,
    }
    markdown, _ = card(document, history=history)
    assert "Training started from the weights of an earlier model." in markdown
    assert "| Warm start | the model of Monday |" in markdown.splitlines()


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (Verdict(False, (REASON,)), "It is not blessed and not published: do not use it."),
        (
            Verdict(True, (REASON,), accepted_because="a trial", accepted_by="ana"),
            "It is published although it misses bounds; ana accepted the misses: a trial",
        ),
    ],
)
def test_missed_bounds_are_listed_first(document, verdict, status):
    markdown, page = card(document, figures={**document, "verdict": verdict.to_dict()})
    assert status in markdown and status in page
    assert f"- Bound missed: {LINE}" in markdown
    assert markdown.index(LINE) < markdown.index("## What it is for")


def test_markup_in_untrusted_names_is_escaped(document):
    hostile = "/faces/<script>|*x*`[y](z)\u202e"
    markdown, page = card(document, data=[hostile])
    (line,) = [line for line in markdown.splitlines() if line.startswith("| Data | ")]
    assert line.endswith(r"\<script\>\|\*x\*\`\[y\](z)\\u202e |")
    assert "<script" not in page and "\u202e" not in page + markdown
