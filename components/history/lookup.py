"""HistoryLookup: finds what earlier runs recorded."""

import itertools

from tfx.components.evaluator import constants
from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact, standard_artifacts

from components.history.artifact import ENTRY, FOUND, NEWEST_SPAN, SCHEMA, SPAN, MeasuredModels
from components.history.registry import (
    ACCEPTED_STATISTICS,
    MEASURED_MODEL,
    SPLIT_NAMES,
    Entry,
    History,
    damage_error,
)
from components.history.served_entry import find_served_entry
from components.history.served_model import check_served_model
from components.history.training_state import fetch_state
from components.model_digests import record_digests
from components.serving.folder import ServingFolder
from components.split_statistics import read_split_statistics
from components.storage.linking import link_folder
from trainer import features

# The maximum number of models in the trend of the fairness report.
_MOST_MEASURED = 20


@component
def HistoryLookup(
    history: Parameter[str],
    serving: Parameter[str],
    warm_start: Parameter[str],
    splits: Parameter[str],
    model: OutputArtifact[standard_artifacts.Model],
    blessing: OutputArtifact[standard_artifacts.ModelBlessing],
    statistics: OutputArtifact[standard_artifacts.ExampleStatistics],
    training_state: OutputArtifact[standard_artifacts.ModelRun],
    measured: OutputArtifact[MeasuredModels],
) -> None:
    """Finds the model blessed last, its training state, the statistics accepted last, and more.

    All results are copied, because TFX's local runner requires outputs in their own folders. An
    output without an entry is empty, and its property `found` is 0.

    Args:
      history: folder of the history.
      serving: folder of the pushed models: after a rollback, the model blessed last is the model
        that is served again.
      warm_start: which training state to fetch; see Hyperparameters.
      splits: how the images are split; see components.history.training_state.fetch_state.
      model: the model blessed last.
      blessing: blessing of that model, for BulkInferrer; not blessed if there is no model.
      statistics: the statistics that the data gate accepted last.
      training_state: training state of the model blessed last, or the state that `warm_start`
        names.
      measured: measured results of the newest models, blessed or not.

    Raises:
      InputError: if an entry is damaged or its statistics cannot be read; if the outputs of the
        model differ from this release's; or if there is no training state at the path that
        `warm_start` names.
    """
    past = History(history)
    blessed = find_served_entry(past, ServingFolder(serving))
    if blessed:
        blessed.check()
        check_served_model(blessed)
    _fetch(blessed, model)
    if blessed:
        record_digests(model)
    value = constants.BLESSED_VALUE if blessed else constants.NOT_BLESSED_VALUE
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, value)
    fetch_state(warm_start, splits, blessed, training_state)
    accepted = past.latest(ACCEPTED_STATISTICS)
    if accepted:
        accepted.check()
        _check_statistics(accepted)
    _fetch(accepted, statistics)
    if accepted:
        statistics.split_names = accepted.properties[SPLIT_NAMES]
        statistics.set_string_custom_property(SCHEMA, accepted.properties.get(SCHEMA, ""))
    for entry in itertools.islice(past.entries(MEASURED_MODEL), _MOST_MEASURED):
        entry.check()
        link_folder(entry.files, f"{measured.uri}/{entry.name}")
    newest = past.newest_span()
    statistics.set_int_custom_property(NEWEST_SPAN, -1 if newest is None else newest)


def _check_statistics(entry: Entry) -> None:
    if not {*features.SPLITS} <= {*entry.splits} or not all(
        read_split_statistics(entry.files, split) for split in entry.splits
    ):
        raise damage_error(entry)


def _fetch(entry: Entry | None, output: artifact.Artifact) -> None:
    output.set_int_custom_property(FOUND, int(entry is not None))
    if entry:
        link_folder(entry.files, output.uri)
        output.set_string_custom_property(ENTRY, entry.name)
        output.set_int_custom_property(SPAN, entry.span)
