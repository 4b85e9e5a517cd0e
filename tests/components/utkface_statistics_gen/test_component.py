"""How the statistics come to be the same on each run."""

import pytest
from tfx.components.statistics_gen import executor
from tfx_bsl.coders import batch_util

from components.utkface_statistics_gen.component import Executor


def test_batches_have_so_many_bytes_and_not_as_many_examples_as_time_allows(monkeypatch):
    seen = []
    monkeypatch.setattr(
        executor.Executor, "Do", lambda *_: seen.append(batch_util.GetBatchElementsKwargs(None))
    )
    before = batch_util.GetBatchElementsKwargs(None)
    Executor().Do({}, {}, {})
    (batches,) = seen
    assert batches["min_batch_size"] == batches["max_batch_size"]
    assert "target_batch_duration_secs" not in batches
    # Nothing else of the process is changed.
    assert batch_util.GetBatchElementsKwargs(None) == before


def test_the_setting_is_put_back_after_a_failure(monkeypatch):
    def fail(*_):
        raise RuntimeError("no room")

    monkeypatch.setattr(executor.Executor, "Do", fail)
    before = batch_util.GetBatchElementsKwargs(None)
    with pytest.raises(RuntimeError, match="no room"):
        Executor().Do({}, {}, {})
    assert batch_util.GetBatchElementsKwargs(None) == before
