"""The query in schema/README.md separates stopped runs from accepted runs."""

import re
from pathlib import Path
from typing import Any

import pytest
from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.orchestration.metadata import sqlite_metadata_connection_config

from components.data_gate.artifact import ACCEPTED_BECAUSE, ACCEPTED_BY, VERDICT, GateReport

README = Path(__file__).parents[2] / "schema" / "README.md"


def query(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Runs the README's code in the folder that contains a root; returns its variables."""
    (lines,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(folder)
    found: dict[str, Any] = {}
    exec(compile(lines, str(README), "exec"), found)
    return found


def record(store: MetadataStore, run: str, properties: dict[str, str]) -> None:
    """Records a report as TFX does, with contexts of the pipeline, the run and the component."""
    report = mlmd.Artifact(
        type_id=store.put_artifact_type(mlmd.ArtifactType(name=GateReport.TYPE_NAME)),
        uri=f"/artifacts/DataGate/report/{run}",
    )
    for name, value in properties.items():
        report.custom_properties[name].string_value = value
    (report_id,) = store.put_artifacts([report])
    for kind, name in (("pipeline", "p"), ("pipeline_run", run), ("node", f"p.{run}.DataGate")):
        kind_id = store.put_context_type(mlmd.ContextType(name=kind))
        known = store.get_context_by_type_and_name(kind, name)
        context_id = known.id if known else None
        if context_id is None:
            (context_id,) = store.put_contexts([mlmd.Context(type_id=kind_id, name=name)])
        attribution = mlmd.Attribution(artifact_id=report_id, context_id=context_id)
        store.put_attributions_and_associations([attribution], [])


def test_the_query_lists_stopped_and_accepted_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "utkface-root" / "metadata.db"
    path.parent.mkdir()
    store = MetadataStore(sqlite_metadata_connection_config(str(path)))
    reason = {ACCEPTED_BY: "ada", ACCEPTED_BECAUSE: "the census of 2046"}
    record(store, "20460101-100000", {VERDICT: "warn"})
    record(store, "20460101-110000", {VERDICT: "stop"})
    record(store, "20460101-120000", {VERDICT: "stop", **reason})
    record(store, "20460101-130000", {VERDICT: "stop"})
    # A killed gate leaves no verdict.
    record(store, "20460101-140000", {})
    found = query(tmp_path, monkeypatch)
    assert found["stopped"] == ["20460101-110000", "20460101-130000"]
    assert found["accepted"] == [("20460101-120000", "ada", "the census of 2046")]
    assert capsys.readouterr().out.splitlines() == [
        "stopped: 20460101-110000 20460101-130000",
        "accepted: ('20460101-120000', 'ada', 'the census of 2046')",
    ]
