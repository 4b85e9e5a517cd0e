"""HistoryLookup: what the runs before this one left."""

from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx import v1 as tfx
from tfx.components.evaluator import constants
from tfx.dsl.io import fileio
from tfx.types import artifact, artifact_utils
from tfx.utils import io_utils

from components.history import training_state as states
from components.history.artifact import ENTRY, FOUND, NEWEST_SPAN, SCHEMA, SPAN, MeasuredModels
from components.history.registry import (
    ACCEPTED_STATISTICS,
    BLESSED_MODEL,
    MEASURED_MODEL,
    SPLIT_NAMES,
    Entry,
    History,
    damaged,
)
from components.history.served_model import check_served_model
from trainer import features

# So many runs are drawn side by side.
_MEASURED = 20
_STATISTICS_FILE = "FeatureStats.pb"


@tfx.dsl.components.component
def HistoryLookup(
    history: tfx.dsl.components.Parameter[str],
    warm_start: tfx.dsl.components.Parameter[str],
    splits: tfx.dsl.components.Parameter[str],
    model: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.Model],
    blessing: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.ModelBlessing],
    statistics: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.ExampleStatistics],
    training_state: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.ModelRun],
    measured: tfx.dsl.components.OutputArtifact[MeasuredModels],
) -> None:
    """Finds the last blessed model and its training state, the statistics accepted last, and more.

    What is found is copied: TFX's local runner lets no output lie elsewhere. An output
    without an entry is empty, and its property `found` is 0.

    Args:
      history: the folder of the history.
      warm_start: which training state to fetch; see trainer.hyperparameters.Hyperparameters.
      splits: what the pictures are divided by; see components.history.training_state.fetch.
      model: the last blessed model.
      blessing: of that model, for BulkInferrer: not given if there is none.
      statistics: the statistics that the data gate accepted last.
      training_state: of the last blessed model, or the one that was named.
      measured: what the last models came to, blessed or not.

    Raises:
      InputError: if an entry is damaged, also where its statistics cannot be read; if the model
        does not answer as one of this release does; or if there is no training state at the path
        that was named.
    """
    past = History(history)
    blessed = past.latest(BLESSED_MODEL)
    if blessed:
        blessed.check()
        check_served_model(blessed)
    _fetch(blessed, model)
    value = constants.BLESSED_VALUE if blessed else constants.NOT_BLESSED_VALUE
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, value)
    states.fetch(warm_start, splits, blessed, training_state)
    accepted = past.latest(ACCEPTED_STATISTICS)
    if accepted:
        accepted.check()
    names = _splits_of(accepted) if accepted else ""
    _fetch(accepted, statistics)
    if accepted:
        statistics.split_names = names
        statistics.set_string_custom_property(SCHEMA, accepted.properties.get(SCHEMA, ""))
    for entry in past.newest(MEASURED_MODEL, _MEASURED):
        entry.check()
        io_utils.copy_dir(entry.files, f"{measured.uri}/{entry.name}")
    newest = past.newest_span()
    statistics.set_int_custom_property(NEWEST_SPAN, -1 if newest is None else newest)


def _splits_of(entry: Entry) -> str:
    names = entry.properties.get(SPLIT_NAMES, "[]")
    splits = artifact_utils.decode_split_names(names)
    if not {*features.SPLITS} <= {*splits} or not all(_is_readable(entry, one) for one in splits):
        raise damaged(entry)
    return names


def _is_readable(entry: Entry, split: str) -> bool:
    """Returns whether the statistics of a split are what TFDV writes, of whatever examples."""
    path = f"{entry.files}/Split-{split}/{_STATISTICS_FILE}"
    if not fileio.exists(path):
        return False
    with fileio.open(path, "rb") as file:
        content = file.read()
    found = statistics_pb2.DatasetFeatureStatisticsList()
    try:
        read = found.ParseFromString(content)
    except DecodeError:
        return False
    # Some versions of protobuf only warn where they stop. Even an empty split has a dataset;
    # without one the file was cut off, or is of something else.
    return read == len(content) and bool(found.datasets)


def _fetch(entry: Entry | None, output: artifact.Artifact) -> None:
    output.set_int_custom_property(FOUND, int(entry is not None))
    if entry:
        io_utils.copy_dir(entry.files, output.uri)
        output.set_string_custom_property(ENTRY, entry.name)
        output.set_int_custom_property(SPAN, entry.span)
