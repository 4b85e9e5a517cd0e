"""Unfinished executions of the newest run are found, and marked by how they ended."""

import pytest
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.root.metadata_store import open_for_run
from pipeline.settings.metadata import SQLITE
from tests.pipeline.recorded import new_store

STATES = mlmd.Execution.State
BEFORE = [STATES.NEW, STATES.RUNNING, STATES.COMPLETE, STATES.FAILED, STATES.CACHED]


@pytest.mark.parametrize(("stopped", "state"), [(True, STATES.CANCELED), (False, STATES.FAILED)])
def test_only_unfinished_executions_of_the_newest_run_are_marked(tmp_path, stopped, state):
    store = new_store(tmp_path)
    kind = store.put_execution_type(mlmd.ExecutionType(name="Any"))
    run_type, node_type = (
        store.put_context_type(mlmd.ContextType(name=name)) for name in ("pipeline_run", "node")
    )
    runs = {}
    for name in ("20260101-000000", "20260102-000000"):
        (run,) = store.put_contexts([mlmd.Context(type_id=run_type, name=name)])
        for number, before in enumerate(BEFORE):
            execution = mlmd.Execution(type_id=kind, last_known_state=before)
            contexts = [
                mlmd.Context(id=run, type_id=run_type, name=name),
                mlmd.Context(type_id=node_type, name=f"utkface.Node{number}"),
            ]
            store.put_execution(execution, [], contexts, reuse_context_if_already_exist=True)
        runs[name] = run
    records = open_for_run(tmp_path, SQLITE, None)
    unfinished = records.unfinished()
    found = sorted((each.component, each.number) for each in unfinished)
    assert found == [("Node0", 6), ("Node1", 7)]
    records.end(unfinished, stopped=stopped)
    assert records.unfinished() == []
    older, newer = (
        sorted(one.last_known_state for one in store.get_executions_by_context(run))
        for run in runs.values()
    )
    assert newer == sorted([state, state, *BEFORE[2:]])
    assert older == sorted(BEFORE)
