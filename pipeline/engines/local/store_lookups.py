"""Keeps the pipelines of a metadata store apart, and TFX's lookups in it from growing with it."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import pipeline_pb2


def rename_pipeline(pipeline: pipeline_pb2.Pipeline, after: str) -> None:
    """Renames a compiled pipeline and its nodes.

    Args:
      pipeline: the pipeline.
      after: the name in the store; TFX takes records under the name for this pipeline's.
    """
    before = pipeline.pipeline_info.id
    pipeline.pipeline_info.id = after
    for context in _contexts(pipeline):
        if context.type.name in ("pipeline", "node"):
            value = context.name.field_value
            value.string_value = after + value.string_value.removeprefix(before)


def _contexts(pipeline: pipeline_pb2.Pipeline) -> Iterator[Any]:
    """Yields the contexts that nodes write to, and those that they look for their inputs in."""
    for node in pipeline.nodes:
        yield from node.pipeline_node.contexts.contexts
        for channel in _channels(node):
            yield from channel.context_queries


def bound_queries(pipeline: pipeline_pb2.Pipeline) -> None:
    """Keeps the cost of finding inputs from growing with the number of runs.

    TFX reads all executions of each context in a query. A run belongs to one pipeline, so the
    executions of the run are enough.
    """
    for node in pipeline.nodes:
        for channel in _channels(node):
            queries = {query.type.name: query for query in channel.context_queries}
            if "pipeline_run" in queries and "pipeline" in queries:
                channel.context_queries.remove(queries["pipeline"])


@contextlib.contextmanager
def bound_reuse(pipeline: str) -> Iterator[None]:
    """Does the same for TFX's search for an execution to continue.

    ML Metadata 1.21 has no query for several contexts, so TFX reads all executions of each. The
    runner offers no hook, but looks up the function in a module each time.

    Args:
      pipeline: the name of the pipeline in the store.
    """
    stock = execution_lib.get_executions_associated_with_all_contexts

    def within_run(handle: Any, contexts: Iterable[Any]) -> Any:
        return stock(handle, [context for context in contexts if context.name != pipeline])

    execution_lib.get_executions_associated_with_all_contexts = within_run
    try:
        yield
    finally:
        execution_lib.get_executions_associated_with_all_contexts = stock


def _channels(node: Any) -> Iterator[Any]:
    for inputs in node.pipeline_node.inputs.inputs.values():
        yield from inputs.channels
