"""Times what a run does beyond its components, with more and more runs in its root.

    utkface run --data faces --root utkface-root
    python benchmarks/metadata_growth.py --root utkface-root --runs 10 100 500

Copies the records of a finished run into a new root until it has as many runs as requested. Then it
runs the pipeline with components that do nothing, so that only TFX's launcher and our own reading
of the store remain. The folders of the run and its entries in the history are linked as often.
Prints CPU seconds of this process, the least of three repeats. `--metadata` takes the URL of an
empty database on a server, whose own CPU time is not counted.
"""

import argparse
import copy
import itertools
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib import metadata as packages
from pathlib import Path

import yaml
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx import v1 as tfx
from tfx.dsl.compiler.compiler import Compiler
from tfx.dsl.components.base import base_executor
from tfx.proto.orchestration import executable_spec_pb2, pipeline_pb2
from tfx.types import standard_artifacts

from components.history.artifact import MeasuredModels
from components.history.lookup import HistoryLookup
from pipeline.engines.local.recording import record_run
from pipeline.engines.local.runner import local_pipeline
from pipeline.root.metadata_claim import claim_store
from pipeline.root.metadata_store import RootStore, open_for_run, open_store, stored_name
from pipeline.root.run_folder import open_run
from pipeline.root.run_history import find_run, list_runs
from pipeline.settings.config import PipelineConfig
from pipeline.settings.metadata import SQLITE

_REPEATS = 3


class NoOperation(base_executor.BaseExecutor):
    """An executor that does nothing."""

    def Do(self, input_dict, output_dict, exec_properties) -> None:
        pass


class RecordedRun:
    """The records of one run, to be written again under other names."""

    def __init__(self, records: RootStore) -> None:
        store = records.store
        run = records.runs()[0]
        self._executions = store.get_executions_by_context(run.id)
        self._executions.sort(key=lambda execution: execution.id)
        self._events = store.get_events_by_execution_ids([one.id for one in self._executions])
        artifacts = store.get_artifacts_by_id([one.artifact_id for one in self._events])
        self._artifacts = {artifact.id: artifact for artifact in artifacts}
        self._contexts = {
            one.id: store.get_contexts_by_execution(one.id) for one in self._executions
        }
        self._run, self._name = run, records.name_of(run)
        (self._pipeline,) = {
            one.name for group in self._contexts.values() for one in group if one.type == "pipeline"
        }
        self._plain = self._pipeline.removesuffix(f"-{records.key}")
        self._types = (
            store.get_artifact_types(),
            store.get_execution_types(),
            store.get_context_types(),
        )

    def write(self, records: RootStore, pipeline: str, number: int) -> None:
        """Writes a copy of the run, as TFX does: one execution with its artifacts at a time.

        Args:
          records: the store.
          pipeline: the name of the pipeline in the store.
          number: ends the names of what is written.
        """
        store = records.store
        kinds: dict[str, dict[int, int]] = {"artifact": {}, "execution": {}, "context": {}}
        for kind, types in zip(kinds, self._types, strict=True):
            for one in types:
                fresh = copy.deepcopy(one)
                fresh.ClearField("id")
                kinds[kind][one.id] = getattr(store, f"put_{kind}_type")(fresh)
        made: dict[int, mlmd.Artifact] = {}
        for execution in self._executions:
            pairs = []
            for event in (one for one in self._events if one.execution_id == execution.id):
                artifact = made.get(event.artifact_id)
                if artifact is None:
                    artifact = _fresh(self._artifacts[event.artifact_id], kinds["artifact"])
                    if artifact.name:
                        artifact.name = f"{artifact.name}-{number}"
                fresh_event = mlmd.Event(type=event.type, path=event.path)
                pairs.append((event.artifact_id, artifact, fresh_event))
            contexts = [_fresh(one, kinds["context"]) for one in self._contexts[execution.id]]
            for context in contexts:
                if context.name == self._run.name:
                    context.name = f"{self._name}-{number:05}{pipeline.removeprefix(self._plain)}"
                else:
                    context.name = pipeline + context.name.removeprefix(self._pipeline)
            fresh = _fresh(execution, kinds["execution"])
            if fresh.name:
                fresh.name = f"{fresh.name}-{number}"
            _, ids, _ = store.put_execution(
                fresh,
                [(artifact, event) for _, artifact, event in pairs],
                contexts,
                reuse_context_if_already_exist=True,
            )
            for (old, artifact, _), new in zip(pairs, ids, strict=True):
                artifact.id = new
                made[old] = artifact


def _fresh(one, kinds: dict[int, int]):
    """Returns a copy of a record without its number, with the type of another store."""
    fresh = type(one)()
    fresh.CopyFrom(one)
    for field in ("id", "type", "create_time_since_epoch", "last_update_time_since_epoch"):
        fresh.ClearField(field)
    fresh.type_id = kinds[one.type_id]
    return fresh


def empty_pipeline(config: PipelineConfig) -> pipeline_pb2.Pipeline:
    """Returns the compiled pipeline with components that do nothing."""
    compiled = Compiler().compile(local_pipeline(config))
    deployment = pipeline_pb2.IntermediateDeploymentConfig()
    compiled.deployment_config.Unpack(deployment)
    deployment.custom_driver_specs.clear()
    path = f"{Path(__file__).stem}.{NoOperation.__name__}"
    nothing = executable_spec_pb2.PythonClassExecutableSpec(class_path=path)
    for spec in deployment.executor_specs.values():
        spec.Pack(nothing)
    compiled.deployment_config.Pack(deployment)
    return compiled


def run_nothing(config: PipelineConfig, name: str) -> None:
    """Runs the pipeline as `utkface run` does, with components that do nothing."""
    compiled = empty_pipeline(config)
    with record_run(config, compiled, name) as read_results:
        tfx.orchestration.LocalDagRunner().run_with_ir(compiled)
    read_results()


def link_run(source: Path, root: Path, number: int) -> None:
    """Links the folder of the first run of a root, and its entries in the history, once more."""
    run = min((source / "runs").iterdir())
    shutil.copytree(run, root / "runs" / f"20260101-{number:06}", copy_function=os.link)
    for kind in (source / "history").iterdir():
        entry = min(kind.iterdir())
        name = f"{2100 + number}{entry.name[4:]}"
        shutil.copytree(entry, root / "history" / kind.name / name, copy_function=os.link)


def open_and_look_up(config: PipelineConfig, folder: Path) -> None:
    """Opens a run, as `utkface run` does, and looks up the history."""
    outputs = {
        "model": standard_artifacts.Model(),
        "statistics": standard_artifacts.ExampleStatistics(),
        "training_state": standard_artifacts.ModelRun(),
        "blessing": standard_artifacts.ModelBlessing(),
        "measured": MeasuredModels(),
    }
    for key, artifact in outputs.items():
        artifact.uri = str(folder / key)
    properties = {
        "history": f"{config.root}/history",
        "warm_start": "latest",
        "splits": config.splits.model_dump_json(),
    }
    with open_run(config):
        found = {key: [artifact] for key, artifact in outputs.items()}
        HistoryLookup.EXECUTOR_SPEC.executor_class().Do({}, found, properties)


def cpu_seconds(action: Callable[[], object]) -> float:
    """Returns the least CPU seconds of this process for some calls."""
    found = []
    for _ in range(_REPEATS):
        started = time.process_time()
        action()
        found.append(time.process_time() - started)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", required=True, type=Path)
    parser.add_argument("--metadata", default=SQLITE)
    parser.add_argument("--runs", type=int, nargs="+", default=[10, 100, 500])
    arguments = parser.parse_args()
    recorded = RecordedRun(open_store(arguments.root))
    settings = max((arguments.root / "runs").glob("*/config.yaml"))
    document = yaml.safe_load(settings.read_text(encoding="utf-8"))
    print(f"TFX {packages.version('tfx')}, Python {platform.python_version()}")
    columns = ("recorded runs", "empty run, s", "open, s", "find unfinished, s", "report, s")
    table = [f"| {' | '.join((*columns, 'runs, s'))} |", "|---:|---:|---:|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        # The figures that a list of runs reads.
        figures = Path("artifacts") / "FairnessReport"
        shutil.copytree(arguments.root / figures, root / figures)
        overrides = {"root": str(root), "metadata": arguments.metadata}
        config = PipelineConfig.model_validate({**document, **overrides})
        claim = claim_store(root, config.metadata)
        records = open_for_run(root, config.metadata, claim)
        written, folders = 0, itertools.count()
        for count in sorted(arguments.runs):
            for number in range(written, count):
                recorded.write(records, stored_name(config.pipeline_name, claim), number)
                link_run(arguments.root, root, number)
            written = count
            names = iter(f"{count:05}-{repeat}" for repeat in range(_REPEATS))
            found = (
                cpu_seconds(lambda names=names: run_nothing(config, next(names))),
                cpu_seconds(lambda: open_and_look_up(config, root / "found" / str(next(folders)))),
                cpu_seconds(lambda: open_store(root).unfinished()),
                cpu_seconds(lambda: find_run(root, None)),
                cpu_seconds(lambda: list_runs(root)),
            )
            table.append(f"| {count} | {' | '.join(f'{one:.2f}' for one in found)} |")
    # Opening a run prints a line too.
    print("\n".join(table))


if __name__ == "__main__":
    main()
