"""A run starts from the previously blessed model, and the metadata records it."""

import hashlib
import json
from pathlib import Path

import pytest
from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.metadata import sqlite_metadata_connection_config

from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "a run that begins warm is tested"),
]


def test_the_lineage_of_a_retrained_model_leads_to_the_previous_model(finished_run, warm_run):
    assert warm_run.ended.returncode == 0, warm_run.ended.stderr
    root = warm_run.root
    _, entry = sorted(
        (path.name for path in (root / "history/blessed_model").iterdir()), reverse=True
    )
    line = f"warm start from {entry}: optimizer state kept, learning rate 0.001,"
    assert line in warm_run.ended.stdout

    runs = root.glob("artifacts/Trainer/model_run/*")
    newest = max(runs, key=lambda path: int(path.name))
    told = json.loads((newest / "history.json").read_text())
    before = json.loads(finished_run.one("artifacts/Trainer/model_run/*/history.json").read_text())
    best = before["epochs"][before["best_epoch"] - 1]
    state = root / "history" / "blessed_model" / entry / "model.keras"
    assert told["warm_start"]["from"] == entry
    assert told["warm_start"]["sha256"] == hashlib.sha256(state.read_bytes()).hexdigest()
    assert told["warm_start"]["before"]["loss"] == pytest.approx(best["val_loss"], rel=1e-4)

    store = MetadataStore(sqlite_metadata_connection_config(str(root / "metadata.db")))
    models = [one for one in store.get_artifacts_by_type("Model") if "/Trainer/" in one.uri]
    model = max(models, key=lambda one: one.id)
    assert model.custom_properties["warm_started_from"].string_value == entry
    (training,) = _executions(store, [model.id], metadata_store_pb2.Event.OUTPUT)
    (found,) = [
        event.artifact_id
        for event in store.get_events_by_execution_ids([training])
        if event.type == metadata_store_pb2.Event.INPUT
        and event.path.steps[0].key == "training_state"
    ]
    (artifact,) = store.get_artifacts_by_id([found])
    assert artifact.custom_properties["history_entry"].string_value == entry
    assert Path(artifact.uri, "model.keras").read_bytes() == state.read_bytes()
    (lookup,) = _executions(store, [found], metadata_store_pb2.Event.OUTPUT)
    (kind,) = store.get_execution_types_by_id(
        [one.type_id for one in store.get_executions_by_id([lookup])]
    )
    assert kind.name == "components.history.lookup.HistoryLookup"


def _executions(store: MetadataStore, artifacts: list[int], kind: int) -> list[int]:
    events = store.get_events_by_artifact_ids(artifacts)
    return [event.execution_id for event in events if event.type == kind]
