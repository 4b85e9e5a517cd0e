"""A root with recorded runs, whose artifacts are small files."""

import os
from pathlib import Path

from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd

from tests.pipeline.recorded import new_store

COMPLETE, CACHED = mlmd.Execution.COMPLETE, mlmd.Execution.CACHED
INPUT, OUTPUT = mlmd.Event.INPUT, mlmd.Event.OUTPUT
KILOBYTE = 4096


class RecordedRoot:
    """A root whose runs have artifacts on disk, each with a file of 4 kB."""

    def __init__(self, path: Path):
        self.path = path
        self.store: MetadataStore = new_store(path)
        self._run = self.store.put_context_type(mlmd.ContextType(name="pipeline_run"))
        self._kind = self.store.put_artifact_type(mlmd.ArtifactType(name="Any"))

    def run(self, name: str) -> int:
        context = mlmd.Context(type_id=self._run, name=name)
        (number,) = self.store.put_contexts([context])
        (self.path / "runs" / name).mkdir(parents=True)
        (self.path / "runs" / name / "run.log").write_text("log")
        return number

    def step(
        self,
        run: int,
        component: str,
        outputs: dict[str, dict],
        inputs: dict[str, int] | None = None,
        state: int = COMPLETE,
    ) -> dict[str, int]:
        """Records a component of a run; returns the numbers of its outputs."""
        kind = self.store.put_execution_type(mlmd.ExecutionType(name=f"components.x.{component}"))
        (number,) = self.store.put_executions(
            [mlmd.Execution(type_id=kind, last_known_state=state)]
        )
        (execution,) = self.store.get_executions_by_id([number])
        (context,) = self.store.get_contexts_by_id([run])
        pairs = []
        for key, properties in outputs.items():
            folder = self.path / "artifacts" / component / key / str(number)
            folder.mkdir(parents=True)
            (folder / "file").write_bytes(os.urandom(KILOBYTE))
            if state in (COMPLETE, CACHED):
                artifact = mlmd.Artifact(
                    type_id=self._kind, uri=str(folder), state=mlmd.Artifact.LIVE
                )
                for custom, value in properties.items():
                    field = "int_value" if isinstance(value, int) else "string_value"
                    setattr(artifact.custom_properties[custom], field, value)
                pairs.append((artifact, _event(OUTPUT, key)))
        for key, artifact in (inputs or {}).items():
            (found,) = self.store.get_artifacts_by_id([artifact])
            pairs.append((found, _event(INPUT, key)))
        _, ids, _ = self.store.put_execution(execution, pairs, [context, self._node(component)])
        return dict(zip(outputs, ids, strict=False)) if pairs else {}

    def reuse(self, run: int, component: str, artifacts: dict[str, int]) -> None:
        """Records a component whose outputs are those of an earlier run."""
        kind = self.store.put_execution_type(mlmd.ExecutionType(name=f"components.x.{component}"))
        (context,) = self.store.get_contexts_by_id([run])
        found = self.store.get_artifacts_by_id([*artifacts.values()])
        pairs = [(one, _event(OUTPUT, key)) for key, one in zip(artifacts, found, strict=True)]
        execution = mlmd.Execution(type_id=kind, last_known_state=CACHED)
        self.store.put_execution(execution, pairs, [context, self._node(component)])

    def _node(self, component: str) -> mlmd.Context:
        """Returns TFX's context of a component."""
        name = f"utkface.{component}"
        if found := self.store.get_context_by_type_and_name("node", name):
            return found
        kind = self.store.put_context_type(mlmd.ContextType(name="node"))
        return mlmd.Context(type_id=kind, name=name)

    def finished_run(self, name: str, version: str = "", examples: int | None = None) -> int:
        """Records a whole run, which pushes a model if a version is given; returns its examples."""
        run = self.run(name)
        if examples is None:
            examples = self.step(run, "Gen", {"examples": {}})["examples"]
        else:
            self.reuse(run, "Gen", {"examples": examples})
        transformed = self.step(run, "Transform", {"graph": {}}, {"examples": examples})
        model = self.step(run, "Trainer", {"model": {}}, transformed)
        figures = self.step(run, "Fairness", {"figures": {}}, model)
        pushed = {"pushed": int(bool(version)), "pushed_destination": ""}
        if version:
            folder = self.path / "serving" / version
            folder.mkdir(parents=True)
            (folder / "saved_model.pb").write_bytes(b"graph")
            pushed["pushed_destination"] = f"/moved/serving/{version}"
        published = self.step(run, "Pusher", {"pushed_model": pushed}, model)
        self.step(run, "ModelRecorder", {"record": {}}, published)
        self.step(run, "ModelCard", {"card": {}}, {**model, **figures, **published})
        return examples

    def folders(self) -> set[str]:
        """Returns the outputs on disk: COMPONENT/OUTPUT/EXECUTION."""
        base = self.path / "artifacts"
        return {str(path.relative_to(base)) for path in base.glob("*/*/*")}

    def folders_of(self, *runs: str) -> set[str]:
        """Returns the outputs that the metadata has for runs."""
        base = str(self.path / "artifacts") + "/"
        found = set()
        for name in runs:
            context = self.store.get_context_by_type_and_name("pipeline_run", name)
            for execution in self.store.get_executions_by_context(context.id):
                events = self.store.get_events_by_execution_ids([execution.id])
                ids = [event.artifact_id for event in events]
                artifacts = self.store.get_artifacts_by_id(ids)
                found |= {artifact.uri.removeprefix(base) for artifact in artifacts}
        return found

    def deleted(self) -> set[str]:
        """Returns the outputs that the metadata marks as deleted."""
        base = str(self.path / "artifacts") + "/"
        return {
            artifact.uri.removeprefix(base)
            for artifact in self.store.get_artifacts()
            if artifact.state == mlmd.Artifact.DELETED
        }


def _event(kind: int, key: str) -> mlmd.Event:
    event = mlmd.Event(type=kind)
    event.path.steps.add().key = key
    return event
