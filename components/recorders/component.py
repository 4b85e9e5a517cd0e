"""StatisticsRecorder and ModelRecorder: record the results of this run for later runs."""

from collections.abc import Mapping

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts

from components.fairness.artifact import HEADLINE_FOLDER, FairnessFigures
from components.history import training_state
from components.history.artifact import ENTRY, SCHEMA, SPAN, HistoryRecord
from components.history.registry import (
    ACCEPTED_STATISTICS,
    BLESSED_MODEL,
    MEASURED_MODEL,
    SPLIT_NAMES,
    Entry,
    History,
)
from components.pusher.component import PUSHED
from components.storage.integrity import digest_folder, find_damage


@component
def StatisticsRecorder(
    history: Parameter[str],
    schema: Parameter[str],
    examples: InputArtifact[standard_artifacts.Examples],
    statistics: InputArtifact[standard_artifacts.ExampleStatistics],
    record: OutputArtifact[HistoryRecord],
) -> None:
    """Records the statistics of a span; make it depend on the gate that accepts them.

    Args:
      history: folder of the history.
      schema: digest of the schema under which the statistics were accepted.
      examples: examples whose span is recorded.
      statistics: statistics to record.
      record: names the entry.
    """
    entry = History(history).record(
        ACCEPTED_STATISTICS,
        statistics.uri,
        span=examples.span,
        properties={SPLIT_NAMES: statistics.split_names, SCHEMA: schema},
    )
    _name_entry(entry, record)


@component
def ModelRecorder(
    history: Parameter[str],
    splits: Parameter[str],
    examples: InputArtifact[standard_artifacts.Examples],
    model: InputArtifact[standard_artifacts.Model],
    model_run: InputArtifact[standard_artifacts.ModelRun],
    figures: InputArtifact[FairnessFigures],
    pushed: InputArtifact[standard_artifacts.PushedModel],
    record: OutputArtifact[HistoryRecord],
) -> None:
    """Records the measured results of a model, and the model itself if it was published.

    A model is published first, then recorded. If a run is killed in between, the model is served,
    and the next run of the same data publishes and records its own. In the opposite order, later
    models would be compared with a model that was never served. A model that is recorded already,
    by a run that was repeated, gets no second entry.

    Args:
      history: folder of the history.
      splits: how the images are split.
      examples: examples whose span is recorded.
      model: model to record.
      model_run: model run whose training state is recorded beside the model.
      figures: measured results of the model.
      pushed: output of the Pusher, which publishes blessed models.
      record: names the entry; empty if the model was not published.
    """
    registry = History(history)
    if pushed.get_int_custom_property(PUSHED):
        properties, files = training_state.properties_and_files(model_run.uri, splits)
        entry = _find(registry, digest_folder(model.uri), properties)
        if entry is None:
            entry = registry.record(
                *(BLESSED_MODEL, model.uri),
                span=examples.span,
                properties=properties,
                extra_files=files,
            )
        _name_entry(entry, record)
    # Last, because a schedule treats a span with a measured model as done.
    headline = f"{figures.uri}/{HEADLINE_FOLDER}"
    registry.record(MEASURED_MODEL, headline, span=examples.span, properties={})


def _find(
    registry: History, digests: Mapping[str, str], properties: Mapping[str, str]
) -> Entry | None:
    """Returns the entry of a model with the same files, all undamaged, and properties."""
    for entry in registry.entries(BLESSED_MODEL):
        same = (entry.digests, entry.properties) == (digests, properties)
        if same and not find_damage(entry.files, digests):
            return entry
    return None


def _name_entry(entry: Entry, record: HistoryRecord) -> None:
    record.set_string_custom_property(ENTRY, entry.name)
    record.set_int_custom_property(SPAN, entry.span)
