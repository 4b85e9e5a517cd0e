"""Records a run in the metadata store of its settings."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from ml_metadata import errors
from tfx.dsl.compiler import constants
from tfx.orchestration import metadata
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2

from components.errors import InputError, OperationError
from pipeline.engines.local.run_results import RunResults, read_run_results
from pipeline.root.metadata_claim import Claim, claim_store
from pipeline.root.metadata_server import adapt, check_answers
from pipeline.root.metadata_store import RootStore, open_for_run, stored_name
from pipeline.settings.config import PipelineConfig
from pipeline.settings.metadata import MetadataServer

# How long a run waits for its server, e.g. while it restarts.
WAIT_SECONDS = 300.0
_PAUSE_SECONDS = 2.0
_T = TypeVar("_T")


@contextlib.contextmanager
def record_run(
    config: PipelineConfig, pipeline: pipeline_pb2.Pipeline, run_id: str
) -> Iterator[Callable[[], RunResults]]:
    """Prepares the store and a compiled pipeline for a run; yields a reader of the run's results.

    Args:
      config: the settings.
      pipeline: the compiled pipeline; gets the names of this root and this run.
      run_id: the name of the run's folder.

    Raises:
      InputError: if the store cannot be used.
      OperationError: if the server is lost during the run.
    """
    root = Path(config.root)
    claim = claim_store(root, config.metadata)
    name = stored_name(run_id, claim)
    runtime_parameter_utils.substitute_runtime_parameter(
        pipeline, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: name}
    )
    _name_in_store(pipeline, claim)
    _bound_queries(pipeline)

    def open_records() -> RootStore:
        return open_for_run(root, config.metadata, claim)

    def read_results() -> RunResults:
        records = when_back(claim.server, open_records) if claim else open_records()
        return read_run_results(records.store, name, nodes=len(pipeline.nodes))

    # Executions of a run that was killed earlier.
    open_records().cancel_unfinished()
    with _explain_lost(claim), _wait_for(claim):
        try:
            yield read_results
        finally:
            try:
                open_records().cancel_unfinished()
            except (InputError, RuntimeError, errors.StatusError) as error:
                # This must not hide why the run ended; the next run does the same first.
                logging.warning("Unfinished executions are not canceled yet: %s", error)


def _name_in_store(pipeline: pipeline_pb2.Pipeline, claim: Claim | None) -> None:
    """Gives the pipeline the name of this root, so that TFX takes no other root's for it."""
    before = pipeline.pipeline_info.id
    after = stored_name(before, claim)
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


def _bound_queries(pipeline: pipeline_pb2.Pipeline) -> None:
    """Keeps the cost of finding inputs from growing with the number of runs.

    TFX reads all executions of each context in a query. A run belongs to one pipeline, so the
    executions of the run are enough.
    """
    for node in pipeline.nodes:
        for channel in _channels(node):
            queries = {query.type.name: query for query in channel.context_queries}
            if "pipeline_run" in queries and "pipeline" in queries:
                channel.context_queries.remove(queries["pipeline"])


def _channels(node: Any) -> Iterator[Any]:
    for inputs in node.pipeline_node.inputs.inputs.values():
        yield from inputs.channels


@contextlib.contextmanager
def _explain_lost(claim: Claim | None) -> Iterator[None]:
    """Raises OperationError for a server that fails while TFX reads or writes."""
    try:
        yield
    except errors.StatusError as error:
        if claim is None:
            raise
        raise OperationError(
            f"expected the metadata server at {claim.server.address} during the whole run; it "
            f"failed: {' '.join(str(error).split())}. Run the same command again."
        ) from error


@contextlib.contextmanager
def _wait_for(claim: Claim | None) -> Iterator[None]:
    """Makes TFX wait for a server that is away for a while.

    The runner offers no hook, but looks up its connection class in a module each time.
    """
    if claim is None:
        yield
        return
    server = claim.server

    class ServerMetadata(metadata.Metadata):
        """TFX's connection to a store, opened once the server answers."""

        def __enter__(self) -> metadata.Metadata:
            opened = when_back(server, super().__enter__)
            adapt(opened.store, server)
            return opened

    stock = metadata.Metadata
    metadata.Metadata = ServerMetadata
    try:
        yield
    finally:
        metadata.Metadata = stock


def when_back(
    server: MetadataServer, connect: Callable[[], _T], seconds: float = WAIT_SECONDS
) -> _T:
    """Connects to a server, repeatedly while it is away.

    Args:
      server: the server.
      connect: connects; raises InputError or RuntimeError if it cannot.
      seconds: how long to try.

    Raises:
      OperationError: if the server is away for longer.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            check_answers(server)
            return connect()
        except (InputError, RuntimeError) as error:
            if time.monotonic() > deadline:
                raise OperationError(
                    f"{' '.join(str(error).split())} The run waited {seconds:.0f} s for the "
                    "server. Run the same command again once it is back."
                ) from None
            logging.warning("Waiting for the metadata server: %s", error)
            time.sleep(_PAUSE_SECONDS)
