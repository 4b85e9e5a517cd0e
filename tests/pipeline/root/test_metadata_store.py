"""Unfinished executions of a killed run are canceled."""

from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.root.metadata_store import open_for_run
from pipeline.settings.metadata import SQLITE
from tests.pipeline.recorded import new_store


def test_only_unfinished_executions_of_the_newest_run_are_canceled(tmp_path):
    store = new_store(tmp_path)
    kind = store.put_execution_type(mlmd.ExecutionType(name="Any"))
    run_type = store.put_context_type(mlmd.ContextType(name="pipeline_run"))
    states = mlmd.Execution.State
    before = [states.NEW, states.RUNNING, states.COMPLETE, states.FAILED, states.CACHED]
    runs = {}
    for name in ("20260101-000000", "20260102-000000"):
        (run,) = store.put_contexts([mlmd.Context(type_id=run_type, name=name)])
        for state in before:
            execution = mlmd.Execution(type_id=kind, last_known_state=state)
            context = mlmd.Context(id=run, type_id=run_type, name=name)
            store.put_execution(execution, [], [context])
        runs[name] = run
    open_for_run(tmp_path, SQLITE, None).cancel_unfinished()
    older, newer = (
        sorted(one.last_known_state for one in store.get_executions_by_context(run))
        for run in runs.values()
    )
    assert newer == sorted([states.CANCELED, states.CANCELED, *before[2:]])
    assert older == sorted(before)
