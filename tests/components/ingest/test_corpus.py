"""Each kind of damaged or unusual file has its outcome: alone, together, and in archives."""

import json
import os
from pathlib import Path

import pytest
import tensorflow as tf
from click.testing import CliRunner

from components.ingest.examine import Examined, examine
from components.ingest.pictures import images, repairs
from components.ingest.pictures.formats import by_suffix
from components.ingest.plan import IngestPlan
from components.ingest.rejection import RejectedFile
from components.ingest.sources.reading import is_side_file
from components.ingest.sources.source import Source
from pipeline.cli import main
from tests.components.ingest import listed
from tests.components.ingest.corpus.kind import Kind, Outcome
from tests.components.ingest.corpus.kinds import BUCKETS, KINDS, plan
from tests.components.ingest.corpus.packing import CONTAINERS, pack

IN_FOLDERS = [kind for kind in KINDS if "folder" in kind.containers]


@pytest.fixture
def rules(tmp_path: Path) -> IngestPlan:
    (tmp_path / "rules").mkdir()
    return plan(tmp_path / "rules")


def look(rules: IngestPlan, data: Path) -> list[Examined]:
    """Examines all listed files except side files of operating systems."""
    files = listed.read_all([Source(str(data), "*")])
    return [examine(file, rules) for file in files if not is_side_file(file.relative_name)]


def assert_is_clean(found: Examined) -> None:
    """Asserts that the stored bytes of a file decode and contain only the image."""
    assert found.picture is not None
    stored = found.picture.data
    pixels = tf.io.decode_image(stored, channels=3)
    assert pixels.shape == (found.picture.height, found.picture.width, 3)
    assert b"secret" not in stored and b"Camera" not in stored
    assert images.examine(stored, images.ImageLimits()).repairs == ()


@pytest.mark.parametrize("kind", IN_FOLDERS, ids=lambda kind: kind.what)
def test_a_file_of_each_kind_has_its_outcome(kind: Kind, rules: IngestPlan, tmp_path: Path) -> None:
    if not pack([kind], tmp_path / "corpus"):
        pytest.skip("this file system, or this user, cannot make one")
    looked_at = look(rules, tmp_path / "corpus")
    outcome = kind.alone or kind.outcome
    assert len(looked_at) == outcome.has_row
    for found in looked_at:
        row = found.row
        assert (row.name, Outcome(row.status, row.reason)) == (kind.row_name, outcome)
        assert bool(row.detail) == (row.status == "quarantined")
        if row.used:
            assert_is_clean(found)


def test_a_folder_that_is_too_deep_is_quarantined(rules: IngestPlan, tmp_path: Path) -> None:
    folder, name = tmp_path / "corpus", "n" * 200
    folder.mkdir()
    here = os.open(folder, os.O_RDONLY)
    for _ in range(os.pathconf(folder, "PC_PATH_MAX") // len(name) + 1):
        os.mkdir(name, dir_fd=here)
        inside = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)
    ((row, *_),) = look(rules, folder)
    assert row.name.startswith(f"{name}/{name}/")
    assert (row.status, row.reason) == ("quarantined", "unreadable")
    assert "File name too long" in row.detail


def inspect(rules: IngestPlan, data: Path, ledger: Path, workers: int) -> tuple[dict, list[dict]]:
    """Returns the summary and the rows of the ledger."""
    settings = rules.settings
    overrides = {
        "corrections_file": settings.corrections_file,
        "takedowns_file": settings.takedowns_file,
        "pictures.max_bytes": settings.pictures.max_bytes,
        "workers": workers,
    }
    arguments = ["inspect", str(data), "--json", "--ledger", str(ledger)]
    for key, value in overrides.items():
        arguments += ["--set", f"ingest.{key}={value}"]
    ended = CliRunner().invoke(main, arguments)
    # More files are bad than the limit allows.
    assert ended.exit_code == 2, ended.output
    # Each line is a row, whatever characters a name has.
    *lines, rest = ledger.read_bytes().decode("ascii").split("\n")
    assert rest == ""
    return json.loads(ended.stdout)["summary"], [json.loads(line) for line in lines]


@pytest.mark.parametrize(("name", "workers"), [*((name, 1) for name in CONTAINERS), ("corpus", 2)])
def test_all_kinds_together_have_their_outcomes(
    name: str, workers: int, rules: IngestPlan, tmp_path: Path
) -> None:
    packed = pack(KINDS, tmp_path / name)
    expected = {kind.row_name: kind.outcome_in(CONTAINERS[name]) for kind in packed}
    assert len(expected) == len(packed)
    summary, rows = inspect(rules, tmp_path / name, tmp_path / "ledger.jsonl", workers)
    found = {row["name"]: Outcome(row["status"], row["reason"]) for row in rows}
    assert found == {name: outcome for name, outcome in expected.items() if outcome.has_row}
    assert len(found) == len(rows) == summary["listed"]
    if name != "corpus":  # in a folder, the files come before the folders
        assert list(found) == [row_name for row_name in expected if row_name in found]
    statuses = [outcome.status for outcome in expected.values()]
    used, quarantined = ("accepted", "repaired"), "quarantined"
    for status in (*used, quarantined, "ignored"):
        assert summary[status] == statuses.count(status) > 0
    assert summary["listed"] == sum(summary[status] for status in (*used, quarantined))
    for row in rows:
        assert row["split"] in (BUCKETS if row["status"] in used else [""])
        assert row["declared_format"] == by_suffix(row["name"])


def test_the_corpus_covers_every_outcome() -> None:
    assert len(KINDS) >= 45
    assert len({kind.what for kind in KINDS}) == len({kind.name for kind in KINDS}) == len(KINDS)
    outcomes = {outcome for kind in KINDS for outcome in (kind.outcome, kind.packed) if outcome}
    reasons = {outcome.reason for outcome in outcomes if outcome.status == "quarantined"}
    # Corpus files are labeled by name; tests/components/ingest/labels covers manifests.
    assert reasons == set(RejectedFile.REASONS) - set(RejectedFile.OF_MANIFESTS)
    words = {
        word
        for outcome in outcomes
        if outcome.status == "repaired"
        for word in outcome.reason.split(", ")
    }
    assert words >= {word for name, word in vars(repairs).items() if name.isupper()}
