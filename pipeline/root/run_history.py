"""Outcomes of the runs of a root, read from its metadata."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.dsl.io import fileio

from components.damaged_files import name_damaged
from components.data_gate.artifact import ACCEPTED_BECAUSE, VERDICT
from components.data_gate.finding import Level
from components.errors import InputError
from components.fairness.artifact import FIGURES_FILE, FIRST_REASON, FIRST_REASON_TITLE
from components.fairness.document import read_document
from components.storage import object_store
from components.storage.remote_places import reaching
from pipeline.layout import RootLayout
from pipeline.root.metadata_store import FINISHED, RootStore, open_store
from pipeline.root.storage import RootStorage
from trainer.tasks import TASKS

PUSHED = "pushed"
NOT_BLESSED = "not blessed"
STOPPED = "stopped by the data gate"
UNFINISHED = "did not finish"

# The component that ends a promotion.
_RECORDER = "ModelRecorder"


@dataclass(frozen=True)
class RunSummary:
    """One run.

    Attributes:
      run: the name of the run and of its folder.
      started: the start time, in UTC.
      span: the span of the data; None if the run ended before the ingest.
      outcome: PUSHED, NOT_BLESSED, STOPPED or UNFINISHED; a run in progress is UNFINISHED.
      reason: why the model was not blessed; otherwise empty.
      reason_title: the measure and the slice of the reason.
      metrics: the primary measure of each task over the whole test split; empty if nothing was
        measured.
      figures: the file with all fairness figures; None if there is none.
      removed: whether `utkface gc` removed the artifacts of the run.
    """

    run: str
    started: datetime
    span: int | None
    outcome: str
    reason: str
    reason_title: str
    metrics: dict[str, float]
    figures: str | None
    removed: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "started": self.started.isoformat()}


def list_runs(root: Path) -> list[RunSummary]:
    """Returns the runs of a root, newest first.

    Raises:
      InputError: if there is no metadata, or the figures cannot be read.
    """
    records = open_store(root)
    object_store.register()
    return list(_summaries(records, records.runs(), RootStorage.of(root)))


def find_run(root: Path, name: str | None) -> RunSummary:
    """Returns a run with fairness figures.

    Args:
      root: the folder that runs share.
      name: the name of a run, or a unique prefix of it; None selects the newest run with
        figures.

    Raises:
      InputError: if no run matches, several match, or the run has no figures.
    """
    records, storage = open_store(root), RootStorage.of(root)
    object_store.register()
    contexts = records.runs()
    if name is None:
        newest = next((run for run in _summaries(records, contexts, storage) if run.figures), None)
        if newest is None:
            raise InputError(
                f"{root}: expected a run that measured a model; there is none. "
                f"{RootLayout(root).first_run_advice}"
            )
        return newest
    matches = [one for one in contexts if records.name_of(one) == name] or [
        one for one in contexts if records.name_of(one).startswith(name)
    ]
    if len(matches) != 1:
        raise InputError(
            f"{root}: expected one run whose name starts with {name!r}; found {len(matches)}. "
            f"`utkface runs --root {root}` lists them."
        )
    (run,) = _summaries(records, matches, storage)
    if run.removed:
        raise InputError(
            f"{root}: expected a run with its artifacts; those of {run.run} were removed by "
            f"`utkface gc`. {RootLayout(root).runs / run.run} has the log and the reports that "
            "were kept."
        )
    if not run.figures:
        raise InputError(f"{root}: expected a run that measured a model; {run.run} {run.outcome}.")
    return run


def run_outcome(records: RootStore, context: mlmd.Context) -> str:
    """Returns the outcome of a run, without reading its figures; see RunSummary."""
    executions = _finished(records.store, context)
    outputs = dict(_outputs(records.store, executions))
    return _outcome(outputs, recorded=_is_recorded(executions))


def _summaries(
    records: RootStore, contexts: Sequence[mlmd.Context], storage: RootStorage
) -> Iterator[RunSummary]:
    """Yields runs in the order of their contexts, each read only when it is needed."""
    for context in contexts:
        yield _summarize(records, context, storage)


def _summarize(records: RootStore, context: mlmd.Context, storage: RootStorage) -> RunSummary:
    store = records.store
    executions = _finished(store, context)
    outputs = dict(_outputs(store, executions))
    figures = outputs.get("figures")
    removed = figures is not None and figures.state == mlmd.Artifact.DELETED
    path = f"{storage.relocate(figures.uri)}/{FIGURES_FILE}" if figures and not removed else None
    if path:
        with reaching(path):
            path = path if fileio.exists(path) else None
    examples = outputs.get("examples")
    return RunSummary(
        run=records.name_of(context),
        started=datetime.fromtimestamp(context.create_time_since_epoch / 1000, timezone.utc),
        span=_int_property(examples, "span") if examples else None,
        outcome=_outcome(outputs, recorded=_is_recorded(executions)),
        reason=figures.custom_properties[FIRST_REASON].string_value if figures else "",
        reason_title=figures.custom_properties[FIRST_REASON_TITLE].string_value if figures else "",
        metrics=_read_metrics(path) if path else {},
        figures=path,
        removed=removed,
    )


def _finished(store: MetadataStore, context: mlmd.Context) -> list[mlmd.Execution]:
    return [
        execution
        for execution in store.get_executions_by_context(context.id)
        if execution.last_known_state in FINISHED
    ]


def _is_recorded(executions: Sequence[mlmd.Execution]) -> bool:
    return any(execution.type.endswith(f".{_RECORDER}") for execution in executions)


def _read_metrics(path: str) -> dict[str, float]:
    document = read_document(path)
    with name_damaged(path, "fairness figures"):
        return _metrics(document)


def _outputs(
    store: MetadataStore, executions: Sequence[mlmd.Execution]
) -> Iterator[tuple[str, mlmd.Artifact]]:
    """Yields the output artifacts of the finished components of a run, by output key.

    The key `examples` is the ExampleGen's; Transform's output has another key.
    """
    names = {
        event.artifact_id: event.path.steps[0].key
        for event in store.get_events_by_execution_ids([execution.id for execution in executions])
        if event.type == mlmd.Event.OUTPUT
    }
    for artifact in store.get_artifacts_by_id(list(names)):
        yield names[artifact.id], artifact


def _outcome(outputs: dict[str, mlmd.Artifact], *, recorded: bool) -> str:
    pushed = outputs.get("pushed_model")
    if pushed and not recorded:
        # Killed before the model entered the history: the span has to be run again.
        return UNFINISHED
    if pushed:
        return PUSHED if _int_property(pushed, "pushed") else NOT_BLESSED
    gate = outputs.get("report")
    if gate and gate.custom_properties[VERDICT].string_value == Level.STOP.value:
        accepted = gate.custom_properties[ACCEPTED_BECAUSE].string_value
        return UNFINISHED if accepted else STOPPED
    return UNFINISHED


def _int_property(artifact: mlmd.Artifact, name: str) -> int:
    declared = name in artifact.properties
    properties = artifact.properties if declared else artifact.custom_properties
    return int(properties[name].int_value)


def _metrics(document: dict[str, Any]) -> dict[str, float]:
    measures = document["slices"][0]["measures"]
    values = {task.measure_key: measures.get(task.measure_key, {}).get("value") for task in TASKS}
    return {key: value for key, value in values.items() if value is not None}
