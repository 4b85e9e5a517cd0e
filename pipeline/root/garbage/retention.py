"""Which artifacts of a root `utkface gc` keeps."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.storage import files
from pipeline.root.metadata_store import FINISHED, RootStore
from pipeline.root.run_history import PUSHED, UNFINISHED, run_outcome
from pipeline.root.storage import RootStorage

# The component whose inputs a model card names, and a property of a pushed model.
_CARD = ".ModelCard"
_DESTINATION = "pushed_destination"
# Where versions of pushed models lie in the folder for them.
_PLACES = ("", "withdrawn/")


@dataclass(frozen=True)
class Retention:
    """The records of a root, divided into what is kept and what is not.

    Attributes:
      folders: folders of the artifacts to keep, relative to the folder of all artifacts.
      obsolete: artifacts that no kept run uses, and that are not marked as deleted yet.
      finished: by number of a finished execution, the name of its run.
      unfinished: numbers of the other executions.
      removed: names of the runs that are not kept, newest first.
    """

    folders: frozenset[str]
    obsolete: tuple[mlmd.Artifact, ...]
    finished: dict[int, str]
    unfinished: frozenset[int]
    removed: tuple[str, ...]


def decide(records: RootStore, storage: RootStorage, keep: int) -> Retention:
    """Decides which artifacts to keep.

    Kept are all artifacts of the newest finished runs, of unfinished runs after them, whose steps a
    later run may reuse, and of the runs whose model was pushed last or is served. An artifact of an
    older run that one of these runs reused is kept too. Of older runs whose model can still be
    served, the artifacts that the model card names are kept.

    Args:
      records: the metadata of the root.
      storage: the folders of the root.
      keep: number of finished runs to keep.
    """
    store = records.store
    runs = [_Run(records, run) for run in records.runs()]
    numbers = [one.id for run in runs for one in (*run.finished, *run.unfinished)]
    events = store.get_events_by_execution_ids(numbers) if numbers else []
    used: dict[int, set[int]] = defaultdict(set)
    for event in events:
        used[event.execution_id].add(event.artifact_id)
    found = store.get_artifacts_by_id([*set().union(*used.values())]) if used else []
    artifacts = {artifact.id: artifact for artifact in found}
    for run in runs:
        outputs = set().union(*(used[one.id] for one in run.finished))
        run.pushed_to = _destination(artifacts[number] for number in outputs)
    whole = _whole_runs(runs, storage, keep)
    kept: set[int] = set()
    for run in runs:
        if run.name in whole:
            kept.update(*(used[one.id] for one in run.finished))
        elif _can_be_served(run.pushed_to, storage):
            cards = (one for one in run.finished if one.type.endswith(_CARD))
            kept.update(*(used[one.id] for one in cards))
    return Retention(
        folders=frozenset(filter(None, (_folder(artifacts[one], storage) for one in kept))),
        obsolete=tuple(
            artifact
            for number, artifact in artifacts.items()
            if number not in kept
            and artifact.state != mlmd.Artifact.DELETED
            and _folder(artifact, storage)
        ),
        finished={one.id: run.name for run in runs for one in run.finished},
        unfinished=frozenset(one.id for run in runs for one in run.unfinished),
        removed=tuple(run.name for run in runs if run.name not in whole),
    )


class _Run:
    """A run: its executions, its outcome, and the folder that its model was pushed to, if any."""

    def __init__(self, records: RootStore, context: mlmd.Context):
        executions = records.store.get_executions_by_context(context.id)
        self.name = records.name_of(context)
        self.outcome = run_outcome(records, context)
        self.finished = [one for one in executions if one.last_known_state in FINISHED]
        self.unfinished = [one for one in executions if one.last_known_state not in FINISHED]
        self.pushed_to = ""


def _whole_runs(runs: Sequence[_Run], storage: RootStorage, keep: int) -> set[str]:
    """Returns the names of the runs of which everything is kept; `runs` are newest first."""
    finished = [run for run in runs if run.outcome != UNFINISHED]
    newer = list(itertools.takewhile(lambda run: run.outcome == UNFINISHED, runs))
    pushed = [run for run in finished if run.outcome == PUSHED]
    try:
        served = _name(storage.latest_model())
    except FileNotFoundError:
        served = None
    serving = [run for run in pushed if _name(run.pushed_to) == served]
    return {run.name for run in (*newer, *finished[:keep], *pushed[:1], *serving)}


def _destination(artifacts: Iterable[mlmd.Artifact]) -> str:
    """Returns the folder that a run pushed its model to; empty if it pushed none."""
    found = (
        artifact.custom_properties[_DESTINATION].string_value
        for artifact in artifacts
        if _DESTINATION in artifact.custom_properties
    )
    return next(filter(None, found), "")


def _can_be_served(pushed_to: str, storage: RootStorage) -> bool:
    """Returns whether the version that a run pushed still exists."""
    version = _name(pushed_to)
    places = (f"{storage.serving}/{place}{version}" for place in _PLACES)
    return bool(version) and any(map(files.exists, places))


def _folder(artifact: mlmd.Artifact, storage: RootStorage) -> str:
    """Returns the folder of an artifact, relative to all artifacts; empty if it is elsewhere."""
    base = f"{storage.artifacts}/"
    path = storage.relocate(artifact.uri)
    return path.removeprefix(base).rstrip("/") if path.startswith(base) else ""


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
