"""A new task, declared only in `trainer/tasks.py`, is drawn, ingested, counted and plotted."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from components.ingest.labels.names import GRAMMAR
from pipeline.tools.sample.labels import draw_labels, file_name, image_random
from tests.lanes import only_in
from tests.planted import PlantedTree, plant

COUNT = 150
SEED = 5
WORDS = ("none", "clear", "dark")
GLASSES = f'Task(name="glasses", kind=Kind.MULTICLASS, classes={WORDS}, is_grouping=True)'
WEIGHT = (
    'Task(name="weight", kind=Kind.REGRESSION, unit="kg", maximum=250, '
    'loss="label_distribution", loss_weight=None)'
)
STAMP = "20170116174525125.jpg"
PROGRAM = Path(__file__).with_name("ingest_and_draw.py")


@pytest.fixture(scope="module")
def glasses(tmp_path_factory: pytest.TempPathFactory) -> PlantedTree:
    return plant(tmp_path_factory.mktemp("planted") / "glasses", GLASSES)


@pytest.fixture(scope="module")
def drawn(glasses: PlantedTree) -> Path:
    data = glasses.folder / "drawn"
    told = glasses.utkface("sample", data, "--count", COUNT, "--seed", SEED)
    assert f"{COUNT} drawings in" in told
    return data


def counts_of(drawn: Path) -> dict[str, int]:
    found = Counter(int(path.name.split("_")[3]) for path in drawn.iterdir())
    return {word: found[code] for code, word in enumerate(WORDS)}


def test_drawn_names_have_the_new_label_and_unchanged_other_labels(drawn: Path) -> None:
    names = [path.name for path in drawn.iterdir()]
    assert {name.split("_")[3] for name in names} == {"0", "1", "2"}
    without = {re.sub(r"_[0-2](?=_\d{17}\.)", "", name) for name in names}
    assert without == {
        file_name(draw_labels(image_random(SEED, index)), seed=SEED, index=index)
        for index in range(COUNT)
    }


@only_in("legacy", "the ingest of a new task is tested")
@pytest.mark.slow
def test_a_new_task_is_ingested_and_plotted(
    glasses: PlantedTree, drawn: Path, tmp_path: Path
) -> None:
    glasses.run(PROGRAM, drawn, tmp_path / "out")
    root = tmp_path / "out" / "root"
    (summary_file,) = root.glob("UtkFaceExampleGen/ledger/*/summary.json")
    summary = json.loads(summary_file.read_text())
    assert (summary["listed"], summary["accepted"]) == (COUNT, COUNT)
    assert list(summary["distributions"]) == ["age_band", "gender", "race", "glasses"]
    assert summary["distributions"]["glasses"] == counts_of(drawn)
    plots = {path.stem: path.read_text() for path in root.glob("DistributionPlots/plots/*/*.svg")}
    assert set(plots) == {"age", "gender", "race", "glasses"}
    told = re.findall(r"<!-- (.*?) -->", plots["glasses"])
    assert told[: len(WORDS) + 1] == [*WORDS, "glasses"]
    assert [text for text in told if "%" in text] == [
        f"{count} ({count / COUNT:.1%})" for count in counts_of(drawn).values()
    ]
    title = f"Samples by glasses ({COUNT} in all; {COUNT} are drawings, not photographs)"
    assert title in told
    assert "age in years" in re.findall(r"<!-- (.*?) -->", plots["age"])


def test_a_name_must_have_the_label_of_a_new_task(
    glasses: PlantedTree, drawn: Path, tmp_path: Path
) -> None:
    picture = next(drawn.iterdir()).read_bytes()
    expected = "expected age, gender, race and glasses"
    grammar = GRAMMAR.replace("[race]", "[race]_[glasses]")
    found = {
        "39_1_1_": f"{expected}; found only 39, 1 and 1 (it is unclear which labels)",
        "39_1_1__": f"{expected}; found only age 39, gender 1 and race 1",
        "39_1_1_3_": "expected glasses from 0 to 2; found 3",
        "39_1_1_1_1_": f"expected a name like {grammar}; found",
    }
    (tmp_path / "data").mkdir()
    for labels in (*found, "39_1_1_2_"):
        (tmp_path / "data" / f"{labels}{STAMP}").write_bytes(picture)
    glasses.utkface(
        *("inspect", tmp_path / "data", "--ledger", tmp_path / "ledger.jsonl"),
        *("--set", "ingest.max_bad_fraction=1", "--set", "splits={train: 1}"),
        code=2,
    )
    rows = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    details = {row["name"].removesuffix(STAMP): row["detail"] for row in rows}
    assert details.pop("39_1_1_2_") == ""
    assert details.keys() == found.keys()
    for labels, detail in details.items():
        assert detail.startswith(found[labels])


def test_classes_of_a_new_task_are_on_the_inspection_page(
    glasses: PlantedTree, drawn: Path, tmp_path: Path
) -> None:
    told = glasses.utkface("inspect", drawn, "--html", tmp_path / "page.html")
    none, clear, dark = counts_of(drawn).values()
    assert f"glasses: none {none}, clear {clear}, dark {dark}\n" in told
    page = (tmp_path / "page.html").read_text()
    assert "Glasses</figcaption>" in page
    assert f"Used files by glasses. none: {none} (" in page


def test_a_regression_without_bands_is_a_histogram_on_the_page(tmp_path: Path) -> None:
    tree = plant(tmp_path / "weight", WEIGHT)
    tree.utkface("sample", tmp_path / "drawn", "--count", 40)
    found = {int(path.name.split("_")[3]) for path in (tmp_path / "drawn").iterdir()}
    told = tree.utkface("inspect", tmp_path / "drawn", "--html", tmp_path / "page.html")
    assert "(ages differ by 0.0 years, weights differ by 0.0 kg)" in told
    page = (tmp_path / "page.html").read_text()
    assert (
        f"Histogram of 40 used files by weight: weight in kg. From {min(found)} to {max(found)} in "
        "40 files"
    ) in page
