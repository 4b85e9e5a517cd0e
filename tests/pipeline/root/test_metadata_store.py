"""What a killed run left as running is marked."""

from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.root.metadata_store import cancel_unfinished
from tests.pipeline.recorded import new_store


def test_only_what_did_not_finish_is_canceled(tmp_path):
    store = new_store(tmp_path)
    kind = store.put_execution_type(mlmd.ExecutionType(name="Any"))
    states = mlmd.Execution.State
    before = [states.NEW, states.RUNNING, states.COMPLETE, states.FAILED, states.CACHED]
    store.put_executions([mlmd.Execution(type_id=kind, last_known_state=one) for one in before])
    cancel_unfinished(store)
    after = [one.last_known_state for one in store.get_executions()]
    assert sorted(after) == sorted([states.CANCELED, states.CANCELED, *before[2:]])
