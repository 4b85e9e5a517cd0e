"""StatisticsRecorder and ModelRecorder: what this run leaves for the next."""

from tfx import v1 as tfx

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

# A property of what the Pusher leaves.
PUSHED = "pushed"


@tfx.dsl.components.component
def StatisticsRecorder(
    history: tfx.dsl.components.Parameter[str],
    schema: tfx.dsl.components.Parameter[str],
    examples: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Examples],
    statistics: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.ExampleStatistics],
    record: tfx.dsl.components.OutputArtifact[HistoryRecord],
) -> None:
    """Records the statistics of a span; make it depend on the gate that accepts it.

    Args:
      history: the folder of the history.
      schema: the digest of the schema that they were accepted under.
      examples: their span is recorded.
      statistics: what is recorded.
      record: names the entry.
    """
    entry = History(history).record(
        ACCEPTED_STATISTICS,
        statistics.uri,
        span=examples.span,
        properties={SPLIT_NAMES: statistics.split_names, SCHEMA: schema},
    )
    _describe(entry, record)


@tfx.dsl.components.component
def ModelRecorder(
    history: tfx.dsl.components.Parameter[str],
    splits: tfx.dsl.components.Parameter[str],
    examples: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Examples],
    model: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Model],
    model_run: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.ModelRun],
    figures: tfx.dsl.components.InputArtifact[FairnessFigures],
    pushed: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.PushedModel],
    record: tfx.dsl.components.OutputArtifact[HistoryRecord],
) -> None:
    """Records what the model came to, and the model itself if it was published.

    A model is published first and recorded then: a run that is killed in between leaves a model
    that is served, and that the next run of the same data publishes and records again. The other
    way round, later models would be compared with one that nobody has ever been served by.

    Args:
      history: the folder of the history.
      splits: what the pictures are divided by.
      examples: their span is recorded.
      model: what is recorded.
      model_run: its training state is recorded beside it.
      figures: what it came to.
      pushed: of the Pusher, which publishes what was blessed.
      record: names the entry; names none if the model was not published.
    """
    past = History(history)
    if pushed.get_int_custom_property(PUSHED):
        properties, beside = training_state.beside(model_run.uri, splits)
        entry = past.record(
            BLESSED_MODEL, model.uri, span=examples.span, properties=properties, beside=beside
        )
        _describe(entry, record)
    # Last: a schedule takes a span with a measured model for done.
    headline = f"{figures.uri}/{HEADLINE_FOLDER}"
    past.record(MEASURED_MODEL, headline, span=examples.span, properties={})


def _describe(entry: Entry, record: HistoryRecord) -> None:
    record.set_string_custom_property(ENTRY, entry.name)
    record.set_int_custom_property(SPAN, entry.span)
