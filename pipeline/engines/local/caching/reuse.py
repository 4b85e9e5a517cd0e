"""Turns TFX's cache on for the components of a compiled pipeline that have no other effects."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tfx import types
from tfx.orchestration.portable import cache_utils
from tfx.proto.orchestration import pipeline_pb2

from pipeline.engines.local.caching.keys import CacheKeys
from pipeline.engines.local.caching.seals import are_intact, seal_outputs
from trainer.runtime.tf_config import count_workers

# Components that read or write more than their inputs and outputs: the history, the served models,
# the verdict that ends a run, and the names of other artifacts.
ALWAYS_RUN = frozenset(
    {
        *("HistoryLookup", "StatisticsRecorder", "SpanWindow", "ModelRecorder"),
        *("GateKeeper", "Pusher", "ModelCard"),
    }
)
_TRAINER = "Trainer"


@contextlib.contextmanager
def reuse_results(
    pipeline: pipeline_pb2.Pipeline, *, enabled: bool, artifacts: str
) -> Iterator[None]:
    """Makes TFX's local runner reuse results of earlier runs, and record what is needed for that.

    The runner offers no hook, but looks up the functions of its cache in a module each time.

    Args:
      pipeline: the compiled pipeline.
      enabled: whether to reuse results; they are recorded for later runs in either case.
      artifacts: the folder of the artifacts.
    """
    # The other workers wait for a training, and would wait for ever.
    always = ALWAYS_RUN | ({_TRAINER} if count_workers() > 1 else set())
    for node in pipeline.nodes:
        options = node.pipeline_node.execution_options
        options.caching_options.enable_cache = (
            enabled and node.pipeline_node.node_info.id not in always
        )
    find = cache_utils.get_cached_outputs
    make_key = cache_utils.get_cache_context
    keys = CacheKeys(make_key)

    def find_intact(**arguments: Any) -> Mapping[str, Sequence[types.Artifact]] | None:
        outputs = find(**arguments)
        return outputs if outputs and are_intact(outputs, artifacts) else None

    def make_own_key(*, pipeline_node: pipeline_pb2.PipelineNode, **arguments: Any) -> Any:
        make = make_key if pipeline_node.node_info.id in always else keys.get_cache_context
        return make(pipeline_node=pipeline_node, **arguments)

    cache_utils.get_cached_outputs = find_intact
    cache_utils.get_cache_context = make_own_key
    try:
        with seal_outputs():
            yield
    finally:
        cache_utils.get_cached_outputs = find
        cache_utils.get_cache_context = make_key
