"""ModelCard as a run executes it, on files that damage, hands and hostile names changed."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tfx.types import standard_artifacts

from components.data_gate.artifact import FINDINGS_FILE, GateReport
from components.errors import InputError
from components.fairness.artifact import FIGURES_FILE, FairnessFigures
from components.html.visible import visible_text
from components.ingest.ledger.rows import SUMMARY_FILE
from components.model_card.artifact import MARKDOWN_FILE, PAGE_FILE, ModelCards
from components.model_card.component import ModelCard
from components.utkface_example_gen.artifact import Ledger
from tests.components.fairness.drawn import make_predictions
from tests.components.fairness.report.test_page import document_of
from tests.components.model_card.test_card import summary
from tests.hostile_documents import TEXTS, changed, check_page
from trainer.fit.training_curves import HISTORY_FILE

FINDING = {
    **{"level": "warn", "check": "cells", "where": "train", "slice": "Black, male", "feature": ""},
    **{"found": 3.0, "limit": 10.0, "message": "expected at least 10 examples; found 3"},
}
DOCUMENTS = {
    f"figures/{FIGURES_FILE}": json.loads(json.dumps(document_of(make_predictions(60)))),
    f"model_run/{HISTORY_FILE}": {
        "hyperparameters": {"epochs": 3, "augmentation": {"method": "none"}},
        "epochs": [{}, {}],
        "best_epoch": 2,
        "warm_start": {"from": "the model of Monday", "before": {}},
        "image_size": 64,
    },
    f"ledger/{SUMMARY_FILE}": summary(drawings=3).to_dict(),
    f"gate/{FINDINGS_FILE}": {"format": 1, "verdict": "warn", "findings": [FINDING]},
}
INPUTS = {
    "figures": FairnessFigures,
    "model_run": standard_artifacts.ModelRun,
    "ledger": Ledger,
    "gate": GateReport,
    "model": standard_artifacts.Model,
    "pushed": standard_artifacts.PushedModel,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("card")
    for name in (*INPUTS, "card"):
        (made / name).mkdir()
    return made


def make_card(folder: Path, changes: dict[str, object], data: str = "/faces") -> tuple[str, str]:
    for name, document in {**DOCUMENTS, **changes}.items():
        (folder / name).write_text(json.dumps(document))
    artifacts = {name: kind() for name, kind in {**INPUTS, "card": ModelCards}.items()}
    for name, artifact in artifacts.items():
        artifact.uri = str(folder / name)
    outputs = {"card": [artifacts.pop("card")]}
    ModelCard.EXECUTOR_SPEC.executor_class().Do(
        {name: [artifact] for name, artifact in artifacts.items()},
        outputs,
        {"pipeline": "utkface", "data": data},
    )
    markdown, page = (folder / "card" / name for name in (MARKDOWN_FILE, PAGE_FILE))
    return markdown.read_text(encoding="utf-8"), page.read_text(encoding="utf-8")


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(DOCUMENTS)).flatmap(
        lambda name: st.tuples(st.just(name), changed(DOCUMENTS[name]))
    )
)
def test_a_changed_file_gives_a_safe_card_or_is_named(
    folder: Path, change: tuple[str, object]
) -> None:
    name, document = change
    try:
        _, page = make_card(folder, {name: document})
    except InputError as error:
        refusal = str(error)
    else:
        check_page(page)
        return
    assert refusal.startswith(f"{folder}/{name}: expected ")


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("document", [{}, [], None, 7, "x"])
def test_a_file_of_something_else_is_named(folder: Path, name: str, document: object) -> None:
    with pytest.raises(InputError, match=f"^{folder}/{name}: expected "):
        make_card(folder, {name: document})


@settings(max_examples=15)
@given(TEXTS)
def test_each_text_of_the_files_is_shown_as_text(folder: Path, text: str) -> None:
    history = {**DOCUMENTS[f"model_run/{HISTORY_FILE}"], "hyperparameters": {"a": f"a{text}"}}
    finding = {**FINDING, "slice": f"b{text}", "message": f"c{text}"}
    _, page = make_card(
        folder,
        {
            f"model_run/{HISTORY_FILE}": {**history, "warm_start": {"from": f"d{text}"}},
            f"gate/{FINDINGS_FILE}": {"format": 1, "findings": [finding]},
        },
    )
    shown = check_page(page)
    for letter in "abcd":
        assert visible_text(f"{letter}{text}") in shown
