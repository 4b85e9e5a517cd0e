"""The splits that a comparison uses."""

from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.errors import InputError
from pipeline.tools.compare.splits import find_splits
from tests.pipeline.recorded import new_store

State = mlmd.Execution


class Root:
    """A root with a metadata store that tests add Transforms to."""

    def __init__(self, path: Path):
        self.path = path
        self._store = new_store(path)
        self._kinds = [
            self._store.put_execution_type(mlmd.ExecutionType(name=name))
            for name in (
                "components.utkface_transform.component.UtkFaceTransform",
                "tfx.components.transform.component.Transform",
            )
        ]
        self._artifact = self._store.put_artifact_type(mlmd.ArtifactType(name="Any"))
        self._run = self._store.put_context_type(mlmd.ContextType(name="pipeline_run"))

    def transform(self, name: str, state: int, files: bool = True, kind: int = 0) -> Path:
        """Records a run with our Transform or the TFX one; returns the folder of its artifacts."""
        folder = self.path / "artifacts" / name
        execution = mlmd.Execution(type_id=self._kinds[kind], last_known_state=state)
        run = mlmd.Context(type_id=self._run, name=name)
        number, *_ = self._store.put_execution(execution, [], [run])
        kinds = {
            "examples": mlmd.Event.INPUT,
            "transformed_examples": mlmd.Event.OUTPUT,
            "transform_graph": mlmd.Event.OUTPUT,
        }
        for key, kind in kinds.items():
            artifact = mlmd.Artifact(type_id=self._artifact, uri=str(folder / key))
            (made,) = self._store.put_artifacts([artifact])
            event = mlmd.Event(execution_id=number, artifact_id=made, type=kind)
            event.path.steps.add().key = key
            self._store.put_events([event])
        if files:
            for inside in (
                *("examples/Split-eval", "examples/Split-test"),
                *("transformed_examples/Split-train", "transformed_examples/Split-eval"),
                "transform_graph/transform_fn",
            ):
                (folder / inside).mkdir(parents=True)
                (folder / inside / "part.gz").touch()
        return folder


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def test_the_newest_finished_transform_and_its_input_examples_are_used(root: Root) -> None:
    root.transform("first", State.COMPLETE)
    newest = root.transform("second", State.COMPLETE)
    root.transform("third", State.FAILED)
    root.transform("fourth", State.RUNNING)
    splits = find_splits(root.path, "test")
    assert splits.train_files == f"{newest}/transformed_examples/Split-train/*"
    assert splits.eval_files == f"{newest}/transformed_examples/Split-eval/*"
    assert splits.transform_graph == f"{newest}/transform_graph"
    assert splits.examples == f"{newest}/examples/Split-test/*"


@pytest.mark.parametrize("kinds", [(0, 1), (1, 0)])
def test_transforms_of_an_earlier_release_are_used(root: Root, kinds: tuple[int, int]) -> None:
    for name, kind in zip(("first", "second"), kinds, strict=True):
        newest = root.transform(name, State.COMPLETE, kind=kind)
    assert find_splits(root.path, "test").transform_graph == f"{newest}/transform_graph"


def test_a_moved_root_reads_its_own_files(root: Root, tmp_path: Path) -> None:
    root.transform("only", State.COMPLETE)
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    root.path.rename(moved)
    splits = find_splits(moved, "eval")
    assert splits.train_files == f"{moved}/artifacts/only/transformed_examples/Split-train/*"
    assert splits.transform_graph == f"{moved}/artifacts/only/transform_graph"


def test_a_missing_metadata_store_is_reported_and_not_created(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        find_splits(tmp_path, "eval")
    assert str(error.value) == (
        f"{tmp_path}/metadata.db: expected the metadata of a run; there is none. "
        f"Run `utkface run --data PATH --root {tmp_path}` first."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database, but long enough to look like one" * 99])
def test_an_invalid_metadata_store_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "metadata.db").write_bytes(content)
    with pytest.raises(InputError) as error:
        find_splits(tmp_path, "eval")
    assert str(error.value).startswith(f"{tmp_path}/metadata.db: expected ")
    assert str(error.value).endswith(f"Run `utkface run --data PATH --root {tmp_path}` first.")


def test_a_store_without_a_finished_transform_is_reported(root: Root) -> None:
    root.transform("only", State.FAILED)
    with pytest.raises(InputError, match=r"expected a finished Transform; there is none\. Run"):
        find_splits(root.path, "eval")


def test_missing_files_are_reported(root: Root) -> None:
    root.transform("gone", State.COMPLETE, files=False)
    with pytest.raises(InputError, match=r"Split-train/\*: expected the files of the newest run"):
        find_splits(root.path, "eval")
