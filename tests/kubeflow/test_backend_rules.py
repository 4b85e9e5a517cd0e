"""The stand-in backend is as strict as the real one, tested on small packages."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubeflow.open_backend import DEFAULT_ROOT, OpenBackend, StepError

RESOURCES = {"cpuRequest": 1, "cpuLimit": 1, "memoryRequest": 1, "memoryLimit": 1}
WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('x')"
ON_EXIT = {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}


class Package:
    """A package of small containers."""

    def __init__(self) -> None:
        self.spec: dict[str, Any] = {
            "schemaVersion": "2.1.0",
            "pipelineInfo": {"name": "small"},
            "defaultPipelineRoot": "minio://never/read",
            "root": {"dag": {"tasks": {}}, "inputDefinitions": {"parameters": {}}},
            "components": {},
            "deploymentSpec": {"executors": {}},
        }
        self.kubernetes: dict[str, Any] = {}

    def add(
        self,
        name: str,
        code: str,
        *args: str,
        inputs: dict[str, str] | None = None,
        outputs: tuple[str, ...] = (),
        parameters: dict[str, Any] | None = None,
        output_parameters: tuple[str, ...] = (),
        dag: dict[str, Any] | None = None,
        resources: dict[str, Any] | None = None,
        **task: Any,
    ) -> None:
        """Adds a task; `inputs` maps each input to "TASK.OUTPUT"."""
        self.spec["components"][name] = {
            "executorLabel": name,
            "inputDefinitions": {
                "parameters": {key: {"parameterType": "STRING"} for key in parameters or {}}
            },
            "outputDefinitions": {
                "artifacts": {key: {"artifactType": {"schemaTitle": "t"}} for key in outputs},
                "parameters": {
                    key: {"parameterType": "NUMBER_INTEGER"} for key in output_parameters
                },
            },
        }
        container = {"image": "i", "command": ["python", "-c", code], "args": [*args]}
        container["resources"] = RESOURCES if resources is None else resources
        self.spec["deploymentSpec"]["executors"][name] = {"container": container}
        self.kubernetes[name] = {}
        made = {key: source.split(".") for key, source in (inputs or {}).items()}
        (self.spec["root"]["dag"] if dag is None else dag)["tasks"][name] = {
            "componentRef": {"name": name},
            "inputs": {
                "parameters": parameters or {},
                "artifacts": {
                    key: {"taskOutputArtifact": {"producerTask": task, "outputArtifactKey": output}}
                    for key, (task, output) in made.items()
                },
            },
            **task,
        }

    def write(self, folder: Path) -> Path:
        path = folder / "small.yaml"
        platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": self.kubernetes}}}}
        path.write_text(yaml.safe_dump_all([self.spec, platform]))
        return path


@pytest.fixture
def package() -> Package:
    return Package()


@pytest.fixture
def run(package, tmp_path):
    """Runs the package; returns the backend and the error of the run, if any."""

    def run(**options: Any) -> tuple[OpenBackend, StepError | None]:
        lost = options.pop("lose", {})
        given = {key: options.pop(key) for key in ("release", "quota") if key in options}
        backend = OpenBackend(tmp_path / "bucket", tmp_path / "work", {"s": {"k": "v"}}, **given)
        for task, times in lost.items():
            backend.lose(task, times=times)
        try:
            backend.run(package.write(tmp_path), {}, **options)
        except StepError as error:
            return backend, error
        return backend, None

    return run


@pytest.mark.parametrize(
    ("release", "words"),
    [
        ("2.5", "code = AlreadyExists desc = Given event already exists"),
        ("2.17", "failed to lookup existing execution"),
    ],
)
def test_an_artifact_used_for_two_inputs_fails_the_run(package, run, release, words):
    package.add("Make", WRITE, "{{$.outputs.artifacts['a'].path}}", outputs=("a",))
    package.add("Take", "print('never')", inputs={"x": "Make.a", "y": "Make.a"})
    package.add("After", "print('never')", dependentTasks=["Take"])
    backend, error = run(release=release)
    assert error.task == "Take" and words in error.log
    assert set(backend.logs) == {"Make"}


def test_the_root_comes_from_the_run_request_and_not_from_the_package(package, run):
    package.add("Make", WRITE, "{{$.outputs.artifacts['a'].path}}", outputs=("a",))
    backend, error = run()
    assert error is None
    assert backend.outputs["Make.a"]["uri"].startswith(f"{DEFAULT_ROOT}/small/{backend.run_id}/")
    backend, _ = run(pipeline_root="s3://b/root/")
    uri = backend.outputs["Make.a"]["uri"]
    assert uri.startswith(f"s3://b/root/small/{backend.run_id}/Make/")
    assert backend.path_of(uri).read_text() == "x"


def test_an_artifact_of_another_dag_is_not_found(package, run):
    package.add("Make", WRITE, "{{$.outputs.artifacts['a'].path}}", outputs=("a",))
    inner: dict[str, Any] = {"tasks": {}}
    package.add("Take", "print()", inputs={"x": "Make.a"}, dag=inner)
    package.spec["components"]["Inner"] = {"dag": inner}
    package.spec["root"]["dag"]["tasks"]["Inner"] = {
        "componentRef": {"name": "Inner"},
        "dependentTasks": ["Make"],
    }
    with pytest.raises(AssertionError, match="unknown producer task"):
        run()


def test_the_run_id_placeholder_is_replaced_only_as_a_whole_constant(package, run):
    show = "import sys; print(sys.argv[1:])"
    package.add(
        "Show",
        show,
        *("{{$.inputs.parameters['whole']}}", "{{$.inputs.parameters['part']}}"),
        "{{$.pipeline_job_uuid}}",
        parameters={
            "whole": {"runtimeValue": {"constant": "{{$.pipeline_job_uuid}}"}},
            "part": {"runtimeValue": {"constant": "x-{{$.pipeline_job_uuid}}"}},
        },
    )
    backend, _ = run()
    literal = "{{$.pipeline_job_uuid}}"
    assert backend.logs["Show"].strip() == str([backend.run_id, f"x-{literal}", literal])


def test_a_task_is_retried_up_to_its_retry_limit(package, run):
    package.add("Try", "print()", retryPolicy={"maxRetryCount": 2})
    backend, error = run(lose={"Try": 2})
    assert (error, backend.attempts) == (None, {"Try": 3})
    backend, error = run(lose={"Try": 3})
    assert (error.returncode, backend.attempts) == (137, {"Try": 3})


def test_outputs_of_a_failed_attempt_are_discarded(package, run):
    code = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.mkdir(); (p / 'f').touch(); 1 / 0"
    package.add("Make", code, "{{$.outputs.artifacts['a'].path}}", outputs=("a",))
    backend, error = run()
    assert "ZeroDivisionError" in error.log
    assert backend.outputs == {} and not backend.bucket.exists()


def test_after_a_failure_only_the_exit_task_runs(package, run):
    package.add("A", "1 / 0")
    package.add("B", "print()", dependentTasks=["A"])
    package.add("Exit", "print('bye')", dependentTasks=["A"], triggerPolicy=ON_EXIT)
    backend, error = run()
    assert error.task == "A"
    assert backend.logs["Exit"] == "bye\n" and "B" not in backend.logs


def test_a_failed_exit_task_does_not_fail_the_run(package, run):
    package.add("A", "print()")
    package.add("Exit", "1 / 0", dependentTasks=["A"], triggerPolicy=ON_EXIT)
    backend, error = run()
    assert error is None and "ZeroDivisionError" in backend.logs["Exit"]


def test_an_exit_task_with_an_input_also_runs_after_the_producer(package, run):
    package.add("A", WRITE, "{{$.outputs.artifacts['a'].path}}", outputs=("a",))
    package.add("B", "print()", dependentTasks=["A"])
    package.add(
        "Exit",
        "print()",
        inputs={"a": "A.a"},
        dependentTasks=["B"],
        triggerPolicy=ON_EXIT,
    )
    backend, error = run()
    assert error is None and backend.begun["Exit"] == 2


def test_the_exit_task_does_not_run_if_the_driver_fails(package, run):
    package.add("Make", WRITE, "{{$.outputs.artifacts['a'].path}}", outputs=("a",))
    package.add("Take", "print()", inputs={"x": "Make.a", "y": "Make.a"})
    package.add("Exit", "print()", dependentTasks=["Take"], triggerPolicy=ON_EXIT)
    backend, error = run()
    assert error.task == "Take" and "Exit" not in backend.logs


def test_a_pod_without_requests_is_refused_by_the_quota(package, run):
    package.add("A", "print()", resources={"cpuLimit": 1, "memoryLimit": 1})
    _, error = run()
    assert error.log == "failed quota: must specify cpuRequest, memoryRequest"
    assert run(quota=False)[1] is None


def test_a_pod_is_killed_at_its_time_limit(package, run):
    package.add("A", "import time; time.sleep(60)")
    package.kubernetes["A"]["activeDeadlineSeconds"] = 1
    _, error = run()
    assert error.returncode == 137 and error.log.endswith("DeadlineExceeded")


def test_a_pod_whose_secret_is_missing_never_starts(package, run):
    package.add("A", "import os; print(os.environ['V'])")
    package.kubernetes["A"]["secretAsEnv"] = [
        {"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "V"}]}
    ]
    assert run()[0].logs["A"] == "v\n"
    package.kubernetes["A"]["secretAsEnv"][0]["secretName"] = "other"
    backend, error = run()
    assert error.log == "CreateContainerConfigError: secret 'other' not found"
    assert backend.logs == {}


def test_an_output_parameter_without_a_file_is_an_error(package, run):
    package.add("A", "print()", output_parameters=("n",))
    _, error = run()
    assert "failed to read output parameter n" in error.log


def test_an_artifact_outside_the_root_cannot_be_uploaded(package, run):
    code = (
        "import json, sys; told = json.loads(sys.argv[1])['outputs'];"
        "open(told['outputFile'], 'w').write(json.dumps({'artifacts': {'a': {'artifacts':"
        "[{'uri': 'minio://other/a'}]}}}))"
    )
    package.add("A", code, "{{$}}", outputs=("a",))
    _, error = run()
    assert error.log == "A: failed to upload output artifact a: minio://other/a"
