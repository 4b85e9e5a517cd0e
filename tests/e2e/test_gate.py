"""The data gate stops a run whose data has drifted; --accept-anomalies lets it continue."""

import io
import json
import shutil
from pathlib import Path

import pytest
from ml_metadata import MetadataStore
from PIL import Image
from tfx.orchestration.metadata import sqlite_metadata_connection_config

from pipeline.tools.sample import write_samples
from tests.lanes import only_in
from tests.schema.test_gate_query import query

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    # Each lane has a month test in which the gate stops a span.
    only_in("current", "runs that the gate stops are tested"),
]

LOOSE = (
    # One shared trunk is traced in a third of the time of three branches.
    *("--set", "trainer.architecture=shared"),
    *("--set", "trainer.epochs=1", "--set", "trainer.steps_per_epoch=2"),
    *("--set", "thresholds={max_age_mae: 1000, min_gender_accuracy: 0, min_race_accuracy: 0}"),
    *("--set", "fairness.min_examples=1000000"),
)
NO_DRIFT = "     no data was accepted before this run, so drift is not checked"


@pytest.fixture(scope="module")
def root(utkface, tmp_path_factory) -> Path:
    """Three runs on one root: the data, the same data 20 years older, and the latter accepted."""
    folder = tmp_path_factory.mktemp("gate")
    write_samples(folder / "faces", count=400, seed=11)
    (folder / "older").mkdir()
    for path in (folder / "faces").iterdir():
        age, rest = path.name.split("_", 1)
        (folder / "older" / f"{min(116, int(age) + 20)}_{rest}").write_bytes(path.read_bytes())
    root = folder / "root"
    runs = [
        utkface("run", "--data", folder / name, "--root", root, *LOOSE, *options)
        for name, options in (
            ("faces", ()),
            ("older", ()),
            ("older", ("--accept-anomalies", "the census of 2046")),
        )
    ]
    assert [run.returncode for run in runs] == [0, 4, 0], [run.stderr for run in runs]
    first, stopped, accepted = runs
    assert "Stopped by the data gate. The data is not as expected:" in stopped.stderr
    assert "train: age band: expected a distance of at most " in stopped.stderr
    assert "run again with --accept-anomalies REASON." in stopped.stderr
    assert "accepted the findings: the census of 2046" in accepted.stdout
    assert "accepted the findings" not in first.stdout
    assert NO_DRIFT in first.stdout.splitlines()
    assert NO_DRIFT not in accepted.stdout.splitlines()
    return root


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("darker", "train: brightness: expected a distance of at most "),
        ("new code", "files: expected race from 0 to 4; found 5 in 8 of 400 files, e.g. "),
        ("no Black faces", "train: Black, male: expected at least 1 example; found 0"),
    ],
)
def test_the_gate_stops_a_run_on_faulty_files(utkface, root, tmp_path, name, words):
    """The changed data is compared with accepted data of the same people, in a copied history."""
    changed = tmp_path / "changed"
    changed.mkdir()
    for number, path in enumerate(sorted((root.parent / "faces").iterdir())):
        age, gender, race, rest = path.name.split("_", 3)
        if name == "no Black faces" and race == "1":
            continue
        if name == "new code" and number % 50 == 0:
            race = "5"
        data = path.read_bytes()
        if name == "darker":
            file = io.BytesIO()
            with Image.open(path) as picture:
                picture.point(lambda value: value // 2).save(file, "JPEG", quality=95)
            data = file.getvalue()
        (changed / f"{age}_{gender}_{race}_{rest}").write_bytes(data)
    first, *_ = sorted((root / "history" / "accepted_statistics").iterdir())
    shutil.copytree(first, tmp_path / "root" / "history" / "accepted_statistics" / first.name)
    ended = utkface("run", "--data", changed, "--root", tmp_path / "root", *LOOSE)
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert words in ended.stderr
    assert not (tmp_path / "root" / "artifacts" / "Transform").exists()


def test_the_metadata_store_records_each_verdict_and_its_acceptance(root):
    store = MetadataStore(sqlite_metadata_connection_config(str(root / "metadata.db")))
    reports = sorted(store.get_artifacts_by_type("utkface.GateReport"), key=lambda one: one.id)
    told = [
        {key: value.string_value for key, value in report.custom_properties.items()}
        for report in reports
    ]
    assert [one["verdict"] for one in told] == ["warn", "stop", "stop"]
    assert [one.get("accepted_because") for one in told] == [None, None, "the census of 2046"]
    assert told[2]["accepted_by"]


def test_the_readme_query_separates_stopped_from_accepted_runs(root, tmp_path, monkeypatch):
    (tmp_path / "utkface-root").symlink_to(root)
    _, second, third = sorted(path.name for path in (root / "runs").iterdir())
    found = query(tmp_path, monkeypatch)
    assert found["stopped"] == [second]
    assert [(run, why) for run, _, why in found["accepted"]] == [(third, "the census of 2046")]


def test_findings_and_page_are_kept_after_a_stop(root):
    folders = sorted(root.glob("artifacts/DataGate/report/*"), key=lambda path: int(path.name))
    documents = [json.loads((folder / "findings.json").read_text()) for folder in folders]
    assert [document["verdict"] for document in documents] == ["warn", "stop", "stop"]
    pages = [(folder / "findings.html").read_text() for folder in folders]
    assert "No data was accepted before this run" in pages[0]
    assert "Nothing was trained on this data" in pages[1]
    assert "The run continues because" in pages[2] and "the census of 2046" in pages[2]


def test_only_accepted_data_becomes_the_next_baseline(root):
    assert len(list(root.glob("history/accepted_statistics/*/entry.json"))) == 2
    assert len(list(root.glob("artifacts/Transform/transform_graph/*"))) == 2
