"""Finds the splits to train and measure on: the newest that a run created."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from components.errors import InputError
from components.storage import files
from components.storage.local_copies import copy_folder
from pipeline.layout import RootLayout
from pipeline.root.metadata_store import FINISHED, RootStore, open_store
from pipeline.root.storage import RootStorage

_ALL = "/*"
# The type names in the metadata: our component's, and TFX's, which older runs used.
_TRANSFORMS = (
    "components.utkface_transform.component.UtkFaceTransform",
    "tfx.components.transform.component.Transform",
)


@dataclass(frozen=True)
class Splits:
    """The files of one run.

    Attributes:
      train_files: a glob of the transformed examples of the train split.
      eval_files: a glob of the transformed examples of the eval split.
      transform_graph: the folder of the Transform output.
      examples: a glob of the raw examples to measure on.
    """

    train_files: str
    eval_files: str
    transform_graph: str
    examples: str

    @contextlib.contextmanager
    def on_disk(self, folder: Path) -> Iterator["Splits"]:
        """Yields the splits as TensorFlow can read them; copies are removed afterwards.

        Args:
          folder: the folder for copies of splits on an object store.
        """
        if not files.is_remote(self.transform_graph):
            yield self
            return
        shutil.rmtree(folder, ignore_errors=True)
        try:
            yield Splits(
                **{
                    field.name: _copy(getattr(self, field.name), folder / field.name)
                    for field in fields(self)
                }
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def find_splits(root: Path, split: str) -> Splits:
    """Finds the newest finished Transform under a root, and its input examples.

    Args:
      root: the folder that runs share.
      split: the split to measure on.

    Raises:
      InputError: if there is no finished Transform, or its files are gone.
    """
    layout = RootLayout(root)
    records = open_store(root)
    recorded = _read_uris(records)
    if not recorded:
        raise InputError(
            f"{records.place}: expected a finished Transform; there is none. "
            f"{layout.first_run_advice}"
        )
    uris = {key: RootStorage.of(root).relocate(uri) for key, uri in recorded.items()}
    splits = Splits(
        train_files=f"{files.escape(uris['transformed_examples'])}/Split-train/*",
        eval_files=f"{files.escape(uris['transformed_examples'])}/Split-eval/*",
        transform_graph=uris["transform_graph"],
        examples=f"{files.escape(uris['examples'])}/Split-{split}/*",
    )
    graph = f"{files.escape(splits.transform_graph)}/*"
    for pattern in (splits.train_files, splits.eval_files, graph, splits.examples):
        if not files.glob(pattern):
            raise InputError(
                f"{pattern}: expected the files of the newest run; there are none: they were "
                f"removed, or not copied with the root. {layout.first_run_advice}"
            )
    return splits


def _copy(path: str, folder: Path) -> str:
    """Copies a folder, or the folder of a glob, and returns the path or the glob of the copy."""
    copy_folder(path.removesuffix(_ALL), str(folder))
    return f"{folder}{_ALL}" if path.endswith(_ALL) else str(folder)


def _read_uris(records: RootStore) -> dict[str, str]:
    """Returns the URIs of the inputs and outputs of the newest Transform, by their keys."""
    store = records.store
    for run in records.runs():
        for execution in store.get_executions_by_context(run.id):
            if execution.type in _TRANSFORMS and execution.last_known_state in FINISHED:
                events = store.get_events_by_execution_ids([execution.id])
                keys = {event.artifact_id: event.path.steps[0].key for event in events}
                artifacts = store.get_artifacts_by_id(list(keys))
                return {keys[artifact.id]: artifact.uri for artifact in artifacts}
    return {}
