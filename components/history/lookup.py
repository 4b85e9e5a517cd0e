"""HistoryLookup: what the runs before this one left."""

from tfx import v1 as tfx
from tfx.types import artifact, artifact_utils
from tfx.utils import io_utils

from components.history.artifact import ENTRY, FOUND, NEWEST_SPAN, SCHEMA, SPAN
from components.history.registry import (
    ACCEPTED_STATISTICS,
    BLESSED_MODEL,
    SPLIT_NAMES,
    Entry,
    History,
    damaged,
)
from trainer import features


@tfx.dsl.components.component
def HistoryLookup(
    history: tfx.dsl.components.Parameter[str],
    model: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.Model],
    statistics: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.ExampleStatistics],
) -> None:
    """Finds the last blessed model and the statistics of the last accepted span.

    What is found is copied: TFX's local runner lets no output lie elsewhere. An output
    without an entry is empty, and its property `found` is 0.

    Args:
      history: the folder of the history.
      model: the last blessed model.
      statistics: the statistics that the data gate accepted last.
    """
    past = History(history)
    _fetch(past.latest(BLESSED_MODEL), model)
    accepted = past.latest(ACCEPTED_STATISTICS)
    _fetch(accepted, statistics)
    if accepted:
        statistics.split_names = _splits_of(accepted)
        statistics.set_string_custom_property(SCHEMA, accepted.properties.get(SCHEMA, ""))
    newest = past.newest_span()
    statistics.set_int_custom_property(NEWEST_SPAN, -1 if newest is None else newest)


def _splits_of(entry: Entry) -> str:
    names = entry.properties.get(SPLIT_NAMES, "[]")
    if not {*features.SPLITS} <= {*artifact_utils.decode_split_names(names)}:
        raise damaged(entry)
    return names


def _fetch(entry: Entry | None, output: artifact.Artifact) -> None:
    output.set_int_custom_property(FOUND, int(entry is not None))
    if entry:
        io_utils.copy_dir(entry.files, output.uri)
        output.set_string_custom_property(ENTRY, entry.name)
        output.set_int_custom_property(SPAN, entry.span)
