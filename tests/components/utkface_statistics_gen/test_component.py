"""Fixed batches make the statistics the same on every run."""

import pytest
from tfx.components.statistics_gen import executor
from tfx_bsl.coders import batch_util

from components.utkface_statistics_gen.component import Executor


def test_batches_have_a_fixed_size_instead_of_a_target_duration(monkeypatch):
    seen = []
    monkeypatch.setattr(
        executor.Executor, "Do", lambda *_: seen.append(batch_util.GetBatchElementsKwargs(None))
    )
    before = batch_util.GetBatchElementsKwargs(None)
    Executor().Do({}, {}, {})
    (batches,) = seen
    assert batches["min_batch_size"] == batches["max_batch_size"]
    assert "target_batch_duration_secs" not in batches
    # Other code of the process keeps its setting.
    assert batch_util.GetBatchElementsKwargs(None) == before


def test_the_setting_is_restored_after_a_failure(monkeypatch):
    def fail(*_):
        raise RuntimeError("no room")

    monkeypatch.setattr(executor.Executor, "Do", fail)
    before = batch_util.GetBatchElementsKwargs(None)
    with pytest.raises(RuntimeError, match="no room"):
        Executor().Do({}, {}, {})
    assert batch_util.GetBatchElementsKwargs(None) == before
