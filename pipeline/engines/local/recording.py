"""Records a run in the metadata store of its settings."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from ml_metadata import errors
from tfx.dsl.compiler import constants
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2

from components.errors import InputError
from pipeline.engines.local.leftovers import remove_leftovers
from pipeline.engines.local.outages import outages, when_back
from pipeline.engines.local.run_results import RunResults, read_run_results
from pipeline.engines.local.store_lookups import bound_queries, bound_reuse, rename_pipeline
from pipeline.root.metadata_claim import check_store, claim_store
from pipeline.root.metadata_store import RootStore, open_for_run, stored_name
from pipeline.root.storage import RootStorage
from pipeline.settings.config import PipelineConfig


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
    check_store(root, config.metadata)  # also for the `tfx` command, which checks nothing earlier
    claim = claim_store(root, config.metadata)
    name = stored_name(run_id, claim)
    runtime_parameter_utils.substitute_runtime_parameter(
        pipeline, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: name}
    )
    rename_pipeline(pipeline, stored_name(pipeline.pipeline_info.id, claim))
    bound_queries(pipeline)

    def open_records() -> RootStore:
        return open_for_run(root, config.metadata, claim)

    def read_results() -> RunResults:
        records = when_back(claim.server, open_records) if claim else open_records()
        return read_run_results(records.store, name, nodes=len(pipeline.nodes))

    storage = RootStorage.of(root, config.artifacts)

    def end_unfinished(*, stopped: bool) -> None:
        records = open_records()
        unfinished = records.unfinished()
        # The outputs first: an execution that is marked is not looked at again.
        remove_leftovers(storage, unfinished)
        records.end(unfinished, stopped=stopped)

    # Executions of a run that was killed earlier.
    end_unfinished(stopped=False)
    stopped = False
    waiting = outages(claim.server) if claim else contextlib.nullcontext()
    with waiting, bound_reuse(pipeline.pipeline_info.id):
        try:
            yield read_results
        except KeyboardInterrupt:
            stopped = True
            raise
        finally:
            try:
                end_unfinished(stopped=stopped)
            except (InputError, OSError, RuntimeError, errors.StatusError) as error:
                # This must not hide why the run ended; the next run does the same first.
                logging.warning("Unfinished executions are not marked yet: %s", error)
