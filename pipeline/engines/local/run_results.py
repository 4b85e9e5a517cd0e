"""Reads the artifacts of a run from the metadata store."""

from dataclasses import dataclass

from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2

from pipeline.root.metadata_store import FINISHED, component_of


@dataclass(frozen=True)
class RunResults:
    """The artifacts of a run, by component and output.

    Attributes:
      uris: the URI of each artifact, e.g. {"Evaluator.blessing": ".../Evaluator/blessing/9"}.
      properties: the custom properties of each artifact, int or str.
    """

    uris: dict[str, str]
    properties: dict[str, dict[str, int | str]]


def read_run_results(store: MetadataStore, run_id: str, *, nodes: int) -> RunResults:
    """Reads the artifacts of a run.

    Args:
      store: the metadata store.
      run_id: the name of the run's context.
      nodes: the number of components in the pipeline.

    Raises:
      RuntimeError: if not every component finished. TFX's local runner continues silently
        when the inputs of a component cannot be found.
    """
    context = store.get_context_by_type_and_name("pipeline_run", run_id)
    if context is None:
        raise RuntimeError(f"Expected run {run_id} in the metadata store; it is not there.")
    executions = store.get_executions_by_context(context.id)
    finished = sum(execution.last_known_state in FINISHED for execution in executions)
    if finished != nodes:
        raise RuntimeError(f"Expected all {nodes} components to finish; {finished} did.")
    components = {execution.id: component_of(store, execution.id) for execution in executions}
    outputs = {
        event.artifact_id: f"{components[event.execution_id]}.{event.path.steps[0].key}"
        for event in store.get_events_by_execution_ids(list(components))
        if event.type == metadata_store_pb2.Event.OUTPUT
    }
    artifacts = {
        outputs[artifact.id]: artifact for artifact in store.get_artifacts_by_id(list(outputs))
    }
    return RunResults(
        uris={output: artifact.uri for output, artifact in artifacts.items()},
        properties={
            output: {
                key: getattr(value, value.WhichOneof("value"))
                for key, value in artifact.custom_properties.items()
                if value.WhichOneof("value") in ("int_value", "string_value")
            }
            for output, artifact in artifacts.items()
        },
    )
