"""A stand-in for the backend of open-source Kubeflow Pipelines: it runs a compiled package.

It is as strict as the backend of release 2.5.0, or of another `release`. `backend_driver.py` and
`backend_launcher.py` mirror the driver and the launcher. This module mirrors the compiler to
Argo (backend/src/v2/compiler/argocompiler) and Argo Workflows 3.5:

- A task waits for its dependencies in the same DAG. After a failure no further tasks start
  (failFast); running tasks finish.
- A task with a retry policy is retried in a new pod if its container fails, but not if its
  driver fails.
- A task whose condition is false is skipped, and its DAG succeeds without it.
- A task whose trigger is ALL_UPSTREAM_TASKS_COMPLETED is an exit hook of each of its
  dependencies, including implied ones. It runs once the dependency has succeeded or failed, and
  never if the dependency was skipped or did not start. Its own outcome does not affect the run.
- A pod that exceeds its time limit fails.
- Under a ResourceQuota a pod without requests and limits is refused. This cluster has a quota
  unless `quota` is off.
- A pod whose secret is missing never starts. Up to 2.14 a variable from a secret cannot be
  optional.
"""

import concurrent.futures
import graphlib
import os
import re
import shutil
import sys
import uuid
from pathlib import Path
from typing import Any

import yaml

from tests.kubeflow import backend_driver as driver
from tests.kubeflow.backend_launcher import Launcher, LauncherError
from tests.kubeflow.step import run_step

Message = dict[str, Any]

# The default in the ConfigMap kfp-launcher.
DEFAULT_ROOT = "minio://mlpipeline/v2/artifacts"
_EXIT = "ALL_UPSTREAM_TASKS_COMPLETED"
_RESOURCES = ("cpuRequest", "cpuLimit", "memoryRequest", "memoryLimit")


class StepError(RuntimeError):
    """A task failed; `log` is the log of its last attempt, or the reason that none started."""

    def __init__(self, task: str, returncode: int | None, log: str):
        super().__init__(f"{task} ended with {returncode}:\n{log[-6000:]}")
        self.task, self.returncode, self.log = task, returncode, log


class OpenBackend:
    """Runs packages.

    Attributes:
      bucket: the folder in place of the object store: SCHEME://BUCKET/KEY is at BUCKET/KEY.
      outputs: the artifacts of the last run in ML Metadata, keyed by "TASK.OUTPUT".
      logs: the log of each task's last attempt in the last run.
      attempts: the number of pods of each task's last execution.
      peaks: the peak memory of each container task in the last run, in bytes.
      begun: the number of starts of each container task in the last run, retries excluded.
      run_id: the ID of the last run.
    """

    def __init__(
        self,
        bucket: Path,
        work: Path,
        secrets: dict[str, dict[str, str]],
        *,
        release: str = "2.5",
        quota: bool = True,
    ):
        self.bucket, self._work, self._secrets, self._release = bucket, work, secrets, release
        self._quota = quota
        self._lost: dict[str, int] = {}
        self.logs: dict[str, str] = {}
        self.attempts: dict[str, int] = {}
        self.begun: dict[str, int] = {}
        self.peaks: dict[str, int] = {}
        self._metadata = driver.Metadata(release)

    @property
    def outputs(self) -> dict[str, Message]:
        return self._metadata.artifacts

    @property
    def run_id(self) -> str:
        return self._run.run_id

    def run(
        self,
        package: Path,
        parameters: Message,
        *,
        pipeline_root: str | None = None,
        run_id: str | None = None,
        defaults: bool = True,
    ) -> None:
        """Runs a package as the root driver and Argo do.

        Args:
          package: the compiled YAML.
          parameters: `parameters` of the run's runtime_config.
          pipeline_root: `pipeline_root` of the run's runtime_config.
          run_id: the ID of the run; random by default.
          defaults: whether to fill in the pipeline's defaults, as the API server does.

        Raises:
          StepError: the error of the first task that fails.
        """
        self._spec, self._platform = yaml.safe_load_all(package.read_text(encoding="utf-8"))
        assert self._spec["schemaVersion"] == "2.1.0"
        known = self._spec["root"]["inputDefinitions"]["parameters"]
        assert parameters.keys() <= known.keys()
        filled = {name: spec["defaultValue"] for name, spec in known.items()} if defaults else {}
        root = (pipeline_root or DEFAULT_ROOT).rstrip("/")
        self._run = driver.Run(
            run_id or str(uuid.uuid4()), self._spec["pipelineInfo"]["name"], root
        )
        self._metadata = driver.Metadata(self._release)
        self.logs, self.attempts, self.begun, self.peaks = {}, {}, {}, {}
        self._run_dag(self._spec["root"]["dag"]["tasks"], {**filled, **parameters})

    def lose(self, task: str, *, times: int) -> None:
        """Kills the next pods of a task before they do any work, as a node out of memory would."""
        self._lost[task] = times

    def path_of(self, uri: str) -> Path:
        return self.bucket / re.sub(r"^\w+://", "", uri)

    def _run_dag(self, tasks: dict[str, Message], given: Message) -> None:
        needs = {name: _dependencies(task) for name, task in tasks.items()}
        assert all(need <= tasks.keys() for need in needs.values()), "unknown producer task"
        hooks = {name for name, task in tasks.items() if _is_hook(task)}
        assert len(hooks) < len(tasks), "a DAG must contain a task that is no exit task"
        order = graphlib.TopologicalSorter(
            {name: need for name, need in needs.items() if name not in hooks}
        )
        order.prepare()
        failed: StepError | None = None
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            running: dict[concurrent.futures.Future[bool], str] = {}
            while running or (failed is None and order.is_active()):
                for name in order.get_ready() if failed is None else ():
                    running[pool.submit(self._run_task, name, tasks, given)] = name
                done, _ = concurrent.futures.wait(
                    running, return_when=concurrent.futures.FIRST_COMPLETED
                )
                for future in done:
                    name = running.pop(future)
                    begun = True
                    try:
                        begun = future.result()
                        order.done(name)
                    except StepError as error:
                        failed = failed or error
                        begun = error.returncode is not None
                    for hook in sorted(hooks) if begun else ():
                        if name in needs[hook]:
                            self._run_hook(hook, tasks, given)
        if failed:
            raise failed

    def _run_hook(self, name: str, tasks: dict[str, Message], given: Message) -> None:
        try:
            self._run_task(name, tasks, given)
        except StepError as error:
            self.logs[name] = error.log

    def _run_task(self, name: str, tasks: dict[str, Message], given: Message) -> bool:
        """Runs a task unless its condition is false; returns whether it ran."""
        task = tasks[name]
        component = self._spec["components"][task["componentRef"]["name"]]
        try:
            inputs = driver.resolve_parameters(
                self._run, name, task, component, given, self._metadata
            )
            if not _is_triggered(task, inputs):
                return False
            artifacts = driver.resolve_artifacts(name, task, {*tasks}, self._metadata)
        except driver.DriverError as error:
            raise StepError(name, None, str(error)) from None
        if "dag" in component:
            self._run_dag(component["dag"]["tasks"], inputs)
            return True
        self.begun[name] = self.begun.get(name, 0) + 1
        tries = 1 + int(task.get("retryPolicy", {}).get("maxRetryCount", 0))
        for attempt in range(1, tries + 1):
            self.attempts[name] = attempt
            try:
                self._run_container(name, component, inputs, artifacts, attempt)
                return True
            except StepError as error:
                if attempt == tries or error.returncode is None:
                    raise
        raise AssertionError

    def _run_container(
        self, name: str, component: Message, inputs: Message, artifacts: Message, attempt: int
    ) -> None:
        label = component["executorLabel"]
        container = self._spec["deploymentSpec"]["executors"][label]["container"]
        kubernetes = self._platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        folder = self._work / self._run.run_id / f"{name}-{self.begun[name]}-{attempt}"
        told: Message = {
            "inputs": {"parameterValues": inputs, "artifacts": artifacts},
            "outputs": {
                "artifacts": driver.provision(self._run, name, component),
                "parameters": {
                    key: {"outputFile": str(folder / "outputs" / key)}
                    for key in component.get("outputDefinitions", {}).get("parameters", {})
                },
                "outputFile": str(folder / "kfp_outputs" / "output_metadata.json"),
            },
        }
        image = re.fullmatch(r"\{\{\$\.inputs\.parameters\['(.+?)'\]\}\}", container["image"])
        assert inputs[image[1]] if image else container["image"]
        missing = [one for one in _RESOURCES if not container.get("resources", {}).get(one)]
        if missing and self._quota:
            raise StepError(name, None, f"failed quota: must specify {', '.join(missing)}")
        launcher = Launcher(self.bucket, folder, told)
        environment = self._environment(name, container, kubernetes[label], launcher.staging)
        command = [launcher.fill(part) for part in [*container["command"], *container["args"]]]
        if self._lost.get(name, 0):
            self._lost[name] -= 1
            raise StepError(name, 137, "OOMKilled")
        limit = kubernetes[label].get("activeDeadlineSeconds")
        returncode, self.logs[name], most = run_step(
            command, launcher.elsewhere, environment, float(limit) if limit else None
        )
        self.peaks[name] = max(most, self.peaks.get(name, 0))
        if returncode:
            raise StepError(name, returncode, self.logs[name])
        try:
            launcher.collect(self._run, name, component, self._metadata)
        except LauncherError as error:
            raise StepError(name, 1, str(error)) from None
        shutil.rmtree(folder)

    def _environment(
        self, name: str, container: Message, kubernetes: Message, staging: Path
    ) -> dict[str, str]:
        """Returns the environment of a new container with the variables that the package sets."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(staging),
            "UTKFACE_STAGING": str(staging),
            "TF_CPP_MIN_LOG_LEVEL": "1",
        }
        environment |= {item["name"]: item["value"] for item in container.get("env", [])}
        for secret in kubernetes.get("secretAsEnv", []):
            for item in secret["keyToEnv"]:
                keys = self._secrets.get(secret["secretName"])
                if keys is None or item["secretKey"] not in keys:
                    told = f"CreateContainerConfigError: secret {secret['secretName']!r} not found"
                    raise StepError(name, None, told)
                environment[item["envVar"]] = keys[item["secretKey"]]
        return environment


def _is_hook(task: Message) -> bool:
    return bool(task.get("triggerPolicy", {}).get("strategy") == _EXIT)


def _dependencies(task: Message) -> set[str]:
    """Returns the dependencies of a task, including the producers of its inputs."""
    inputs = task.get("inputs", {})
    made = [one.get("taskOutputParameter") for one in inputs.get("parameters", {}).values()]
    made += [one.get("taskOutputArtifact") for one in inputs.get("artifacts", {}).values()]
    return {*task.get("dependentTasks", []), *(one["producerTask"] for one in made if one)}


def _is_triggered(task: Message, inputs: Message) -> bool:
    """Evaluates the only kind of condition in these packages; the backend evaluates CEL."""
    condition = task.get("triggerPolicy", {}).get("condition")
    if condition is None:
        return True
    read = re.fullmatch(r"int\(inputs\.parameter_values\['(\w+)'\]\) >= (\d+)", condition)
    return int(inputs[read[1]]) >= int(read[2])
