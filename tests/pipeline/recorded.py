"""A root with made-up runs in its metadata."""

import json
from pathlib import Path

from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.fairness.document import FORMAT


def new_store(root: Path) -> MetadataStore:
    """Creates the empty metadata store of a root."""
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(root / "metadata.db")
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return MetadataStore(config)


class Root:
    """A root that tests fill with recorded runs."""

    def __init__(self, path: Path):
        self.path = path
        self._artifacts = path / "artifacts"
        self._store = new_store(path)
        self._run = self._store.put_context_type(mlmd.ContextType(name="pipeline_run"))
        self._execution = self._store.put_execution_type(mlmd.ExecutionType(name="Any"))
        self._recorder = self._store.put_execution_type(
            mlmd.ExecutionType(name="components.recorders.component.ModelRecorder")
        )
        properties = {"span": mlmd.INT}
        self._artifact = self._store.put_artifact_type(
            mlmd.ArtifactType(name="Any", properties=properties)
        )

    def run(
        self,
        name: str,
        outputs: dict[str, dict],
        state: int = mlmd.Execution.COMPLETE,
        *,
        recorded: bool = True,
    ) -> None:
        """Records a run whose components created artifacts with these properties.

        Args:
          name: name of the run.
          outputs: artifact properties by output name.
          state: final state of the components.
          recorded: whether the pushed model was also recorded in the history.
        """
        context = mlmd.Context(type_id=self._run, name=name)
        (number,) = self._store.put_contexts([context])
        for key, properties in outputs.items():
            artifact = mlmd.Artifact(type_id=self._artifact, uri=str(self._artifacts / name / key))
            if "span" in properties:
                artifact.properties["span"].int_value = properties.pop("span")
            for custom, value in properties.items():
                kind = "int_value" if isinstance(value, int) else "string_value"
                setattr(artifact.custom_properties[custom], kind, value)
            event = mlmd.Event(type=mlmd.Event.OUTPUT)
            event.path.steps.add().key = key
            execution = mlmd.Execution(type_id=self._execution, last_known_state=state)
            context = mlmd.Context(id=number, type_id=self._run, name=name)
            self._store.put_execution(execution, [(artifact, event)], [context])
        if "pushed_model" in outputs and recorded:
            execution = mlmd.Execution(type_id=self._recorder, last_known_state=state)
            context = mlmd.Context(id=number, type_id=self._run, name=name)
            self._store.put_execution(execution, [], [context])

    def measured(self, name: str, **measures: float | None) -> None:
        """Writes the FairnessReport figures that a list of runs reads."""
        told = {key: {"value": value} for key, value in measures.items()}
        self.write(name, {"format": FORMAT, "slices": [{"slice": "all", "measures": told}]})

    def write(self, name: str, document: dict) -> None:
        """Writes a document to the path of the FairnessReport figures."""
        folder = self._artifacts / name / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "figures.json").write_text(json.dumps(document))
