"""The content of the compiled package."""

import json
import re
from pathlib import Path

import pytest
import yaml

from pipeline.engines.kubeflow.compiling.runner import compile_pipeline, compile_retraining
from pipeline.engines.kubeflow.pod import entrypoint
from pipeline.engines.kubeflow.specs.spec import container_tasks
from pipeline.engines.vertex.runner import VertexRunner
from pipeline.settings.config import ConfigError, load_config
from pipeline.settings.retrain import RetrainSettings

DEFAULTS = {
    "data": "/data/faces.tar.gz",
    "span": -1,
    "accept_anomalies": "",
    "accept_unfairness": "",
    "epochs": 3,
    "steps_per_epoch": 0,
    "learning_rate": 0.002,
    "warm_start_learning_rate": 0.001,
}
IMAGE = "{{$.inputs.parameters['image']}}"


def compile_with(folder: Path, *overrides: str) -> tuple[dict, dict]:
    path = folder / "package" / "pipeline.yaml"
    config = load_config(data="/data/faces.tar.gz", overrides=["trainer.epochs=3", *overrides])
    compile_pipeline(config, path)
    specification, platform = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return specification, platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> tuple[dict, dict]:
    return compile_with(
        tmp_path_factory.mktemp("package"),
        "kubeflow.image=registry/utkface:1",
        "kubeflow.volumes=[{claim: utkface-data, mount_path: /data}]",
        "kubeflow.secrets=[{name: s, env: {A: a, B: b}}, {name: f, mount_path: /secrets}]",
        "kubeflow.steps.Trainer.node_selector={gpu: yes-please}",
        "kubeflow.steps.Trainer.tolerations=[{key: gpu, operator: Exists, effect: NoSchedule}]",
        "kubeflow.env={AWS_ENDPOINT_URL: 'http://store:9000'}",
        "kubeflow.image_pull_secrets=[registry]",
    )


def containers(specification: dict) -> dict[str, dict]:
    executors = specification["deploymentSpec"]["executors"]
    return {
        name: executors[component["executorLabel"]]["container"]
        for name, component in specification["components"].items()
        if "executorLabel" in component
    }


def inner_tasks(specification: dict) -> dict[str, dict]:
    """Returns the tasks of the pipeline, which is a nested DAG."""
    name = "Retraining" if "Retraining" in specification["components"] else "Pipeline"
    return specification["components"][name]["dag"]["tasks"]


def test_the_package_is_a_bare_spec_in_the_schema_of_the_backend(package):
    specification, _ = package
    assert specification["schemaVersion"] == "2.1.0"
    assert specification["pipelineInfo"] == {"name": "utkface"}
    assert specification["defaultPipelineRoot"] == "minio://mlpipeline/v2/artifacts"


def test_settings_are_the_defaults_of_the_run_parameters(package):
    parameters = package[0]["root"]["inputDefinitions"]["parameters"]
    assert {name: spec["defaultValue"] for name, spec in parameters.items()} == {
        **DEFAULTS,
        "image": "registry/utkface:1",
    }
    assert all(spec["isOptional"] for spec in parameters.values())
    types = {name: spec["parameterType"] for name, spec in parameters.items()}
    assert (types["epochs"], types["learning_rate"], types["data"]) == (
        "NUMBER_INTEGER",
        "NUMBER_DOUBLE",
        "STRING",
    )


def test_each_container_gets_the_defaults_of_its_own_parameters(package):
    specification, _ = package
    told = {}
    for name, container in containers(specification).items():
        args = container["args"]
        if "--json_serialized_inputs_spec_args" not in args:
            continue
        spec = json.loads(args[args.index("--json_serialized_inputs_spec_args") + 1])
        told[name] = {
            key: value["defaultValue"]
            for key, value in spec.get("parameters", {}).items()
            if "defaultValue" in value
        }
    assert told["Trainer"] == {key: DEFAULTS[key] for key in told["Trainer"]}
    assert told["Trainer"].keys() == {
        *("epochs", "steps_per_epoch", "learning_rate", "warm_start_learning_rate")
    }
    assert told["UtkFaceExampleGen"] == {"input_base": DEFAULTS["data"], "requested_span": -1}
    assert told["Pusher"] == {}


def test_every_step_runs_our_entry_point_in_the_image_of_the_run(package):
    specification, _ = package
    modules = {}
    for name, task, _ in container_tasks(specification):
        container = containers(specification)[name]
        modules.setdefault(container["command"][-1], set()).add(name)
        assert container["image"] == IMAGE
        environment = {one["name"]: one["value"] for one in container["env"]}
        assert environment == {
            "AWS_ENDPOINT_URL": "http://store:9000",
            "UTKFACE_RUN_RECORDS": "minio://mlpipeline/v2/artifacts/utkface/history/run_records",
            "UTKFACE_RUN_TIMEOUT_HOURS": "48",
            "UTKFACE_STEP": name,
        }
        assert task["inputs"]["parameters"]["image"] == {"componentInputParameter": "image"}
        assert task["inputs"]["parameters"]["run_id"] == {
            "runtimeValue": {"constant": "{{$.pipeline_job_uuid}}"}
        }
    assert len(modules.pop("pipeline.engines.kubeflow.pod.entrypoint")) == 20
    assert modules == {
        "pipeline.engines.kubeflow.pod.preflight": {"Preflight"},
        "pipeline.engines.kubeflow.pod.gate_page": {"DataGatePage"},
        "pipeline.engines.kubeflow.pod.results": {"Results"},
        "pipeline.engines.kubeflow.pod.run_report": {"RunReport"},
    }


def test_containers_differ_so_that_the_backend_does_not_merge_them(package):
    all_containers = [json.dumps(one) for one in containers(package[0]).values()]
    assert len(set(all_containers)) == len(all_containers) == 24


def test_a_warm_start_is_an_artifact_of_the_history_lookup(package, tmp_path):
    assert "training_state" not in artifacts_of_trainer(package[0])
    warm, _ = compile_with(tmp_path, "trainer.warm_start=s3://b/run")
    assert artifacts_of_trainer(warm)["training_state"] == {
        "taskOutputArtifact": {
            "producerTask": "HistoryLookup",
            "outputArtifactKey": "training_state",
        }
    }
    lookup = inner_tasks(warm)["HistoryLookup"]["inputs"]["parameters"]
    assert lookup["warm_start"]["runtimeValue"] == {"constant": "s3://b/run"}
    outputs = warm["components"]["HistoryLookup"]["outputDefinitions"]["artifacts"]
    assert outputs["training_state"]["artifactType"]["instanceSchema"].startswith(
        "title: tfx.ModelRun"
    )


def artifacts_of_trainer(specification: dict) -> dict[str, dict]:
    return inner_tasks(specification)["Trainer"]["inputs"]["artifacts"]


def test_executors_contain_only_fields_that_the_backend_supports(package):
    specification, _ = package
    executors = specification["deploymentSpec"]["executors"].values()
    assert all(executor.keys() == {"container"} for executor in executors)
    assert all("lifecycle" not in executor["container"] for executor in executors)


def test_every_step_mounts_the_volumes_and_the_secrets(package):
    specification, kubernetes = package
    assert kubernetes.keys() == specification["deploymentSpec"]["executors"].keys()
    for step in kubernetes.values():
        assert step["pvcMount"] == [{"constant": "utkface-data", "mountPath": "/data"}]
        assert step["secretAsEnv"] == [
            {
                "secretName": "s",
                "keyToEnv": [
                    {"secretKey": "a", "envVar": "A"},
                    {"secretKey": "b", "envVar": "B"},
                ],
            }
        ]
        assert step["secretAsVolume"] == [{"secretName": "f", "mountPath": "/secrets"}]
        assert step["imagePullSecret"] == [{"secretName": "registry"}]
        assert step["imagePullPolicy"] == "IfNotPresent"


def test_history_and_models_are_stored_beside_the_artifacts_by_default(package, tmp_path):
    def told(specification: dict) -> tuple[str, str]:
        tasks = inner_tasks(specification)
        history = tasks["ModelRecorder"]["inputs"]["parameters"]["history"]
        serving = tasks["Pusher"]["inputs"]["parameters"]["serving"]
        looked_up = tasks["HistoryLookup"]["inputs"]["parameters"]["serving"]
        assert looked_up == serving
        return history["runtimeValue"]["constant"], serving["runtimeValue"]["constant"]

    beside = "minio://mlpipeline/v2/artifacts/utkface"
    assert told(package[0]) == (f"{beside}/history", f"{beside}/serving")
    named, _ = compile_with(tmp_path, "kubeflow.history=s3://b/history", "kubeflow.serving=/models")
    assert told(named) == ("s3://b/history", "/models")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("kubeflow.pipeline_root=/data", "kubeflow.pipeline_root: "),
        ("kubeflow.pipeline_root=s3://b/p?region=eu", "kubeflow.pipeline_root: "),
        ("kubeflow.pipeline_root=minio:///p", "kubeflow.pipeline_root: "),
        ("kubeflow.env={BAD NAME: x}", "kubeflow.env: "),
        ("kubeflow.env={UTKFACE_STAGING: /x}", "kubeflow.env: "),
        ("kubeflow.volumes=[{claim: c, mount_path: /minio/x}]", "kubeflow.volumes.0.mount_path: "),
        (
            "kubeflow.volumes=[{claim: c, mount_path: /a}, {claim: d, mount_path: /a/}]",
            "expected one mount per folder; found several at ['/a']",
        ),
        ("kubeflow.secrets=[{name: s}]", "expected `env`, `mount_path` or both"),
        ("kubeflow.volumes=[{claim: c, mount_path: data}]", "kubeflow.volumes.0.mount_path: "),
        ("kubeflow.volumes=[{claim: a.b, mount_path: /data}]", "kubeflow.volumes.0.claim: "),
        (
            "kubeflow.volumes=[{claim: c, mount_path: /a}, {claim: c, mount_path: /b}]",
            "expected each claim and secret to be mounted once; found ['c'] twice",
        ),
        ("kubeflow.secrets=[{name: a.b, mount_path: /a}]", "expected a name without dots"),
        ("kubeflow.steps.Trainer.gpus=-1", "kubeflow.steps.Trainer.gpus: "),
        (
            "kubeflow.steps.Trainer={cpu: 1, cpu_request: 2}",
            "kubeflow.steps.Trainer: expected cpu_request at most cpu",
        ),
        (
            "kubeflow.steps.Trainer.node_affinity=[{match_expressions: [{key: a, operator: In}]}]",
            "expected values with In",
        ),
        (
            "kubeflow.volumes=[{claim: c, mount_path: /a, sub_path: a/../..}]",
            "kubeflow.volumes.0.sub_path: expected a path inside the volume",
        ),
        ("kubeflow.trainer.gpus=0", "kubeflow.trainer: there is no such setting"),
        ("kubeflow.colour=blue", "kubeflow.colour: there is no such setting"),
    ],
)
def test_wrong_settings_are_reported_before_anything_is_compiled(override, message):
    with pytest.raises(ConfigError) as caught:
        load_config(data="/data", overrides=[override])
    assert message in str(caught.value)


def test_vertex_gets_a_job_in_its_own_format(tmp_path):
    path = tmp_path / "pipeline.json"
    config = load_config(
        data="gs://b/faces",
        overrides=["kubeflow.pipeline_root=gs://b/root", "kubeflow.image=registry/utkface:1"],
    )
    VertexRunner(config, path).compile()
    job = json.loads(path.read_text(encoding="utf-8"))
    assert job["runtimeConfig"] == {"gcsOutputDirectory": "gs://b/root"}
    specification = job["pipelineSpec"]
    for container in containers(specification).values():
        assert container["image"] == "registry/utkface:1"
        assert {"name": "UTKFACE_STAGING", "value": "none"} in container["env"]
    accelerator = containers(specification)["Trainer"]["resources"]["accelerator"]
    assert accelerator == {"type": "NVIDIA_TESLA_T4", "count": "1"}
    assert specification["root"]["inputDefinitions"]["parameters"]["data"]["defaultValue"] == (
        "gs://b/faces"
    )


def test_vertex_refuses_a_root_outside_google_cloud_storage(tmp_path):
    with pytest.raises(ConfigError, match=r"expected a gs:// folder.*found 'minio://"):
        VertexRunner(load_config(data="gs://b/faces"), tmp_path / "p.json").compile()


def test_steps_import_every_custom_artifact_type(package):
    found = set(re.findall(r"\butkface\.[A-Z]\w+", json.dumps(package[0])))
    assert found == {kind.TYPE_NAME for kind in entrypoint._OUR_ARTIFACTS}


def test_a_scheduled_pipeline_runs_only_when_span_choice_finds_data(package, tmp_path):
    path = tmp_path / "pipeline.yaml"
    config = load_config(
        data="/data/{SPAN}",
        overrides=["kubeflow.volumes=[{claim: faces, mount_path: /data}]", "window=3"],
        retrain={"complete_when": "/data/{SPAN}/_SUCCESS"},
    )
    compile_retraining(config, path)
    by_clock, platform = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    once, _ = package
    assert set(by_clock["root"]["dag"]["tasks"]) == {"Pipeline", "RunReport"}
    tasks = by_clock["components"]["Pipeline"]["dag"]["tasks"]
    assert set(tasks) == {"SpanChoice", "Retraining"}
    # The kfp compiler writes the same for dsl.If.
    assert tasks["Retraining"]["triggerPolicy"] == {
        "condition": "int(inputs.parameter_values['span']) >= 0"
    }
    assert tasks["Retraining"]["dependentTasks"] == ["SpanChoice"]
    retraining = by_clock["components"]["Retraining"]
    assert set(retraining["dag"]["tasks"]) == {*inner_tasks(once), "SpanWindow"} - {"Preflight"}
    given = tasks["Retraining"]["inputs"]["parameters"]
    assert set(given) == set(retraining["inputDefinitions"]["parameters"])
    assert given.pop("span") == {
        "taskOutputParameter": {"producerTask": "SpanChoice", "outputParameterKey": "span"}
    }
    assert given == {name: {"componentInputParameter": name} for name in given}
    assert by_clock["root"]["inputDefinitions"] == retraining["inputDefinitions"]

    container = by_clock["deploymentSpec"]["executors"]["SpanChoice_executor"]["container"]
    assert container["image"] == IMAGE
    assert container["command"][:2] == ["python", "-c"]
    assert container["command"][3:] == [IMAGE, "pipeline.engines.kubeflow.pod.span_choice"]
    beside = "minio://mlpipeline/v2/artifacts/utkface"
    args = container["args"]
    assert RetrainSettings.model_validate_json(args.pop(args.index("--settings") + 1)) == (
        config.retrain
    )
    assert args == [
        *("--root", "minio://mlpipeline/v2/artifacts"),
        *("--folder", f"{beside}/history", "--folder", f"{beside}/serving"),
        *("--history", f"{beside}/history", "--settings"),
        *("--executor_input", "{{$}}"),
    ]
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert executors["SpanChoice_executor"]["pvcMount"][0]["mountPath"] == "/data"
    lookup = retraining["dag"]["tasks"]["HistoryLookup"]["inputs"]["parameters"]["warm_start"]
    assert lookup == {"runtimeValue": {"constant": "latest"}}


@pytest.mark.parametrize("compile_package", [compile_pipeline, compile_retraining])
def test_the_run_report_runs_however_the_other_steps_end(compile_package, tmp_path):
    """The kfp compiler writes the same for dsl.ExitHandler."""
    compile_package(load_config(data="/data/{SPAN}"), tmp_path / "pipeline.yaml")
    spec, _ = yaml.safe_load_all((tmp_path / "pipeline.yaml").read_text())
    tasks = spec["root"]["dag"]["tasks"]
    assert set(tasks) == {"Pipeline", "RunReport"}
    report = tasks["RunReport"]
    assert report["triggerPolicy"] == {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    assert report["dependentTasks"] == ["Pipeline"]
    # With an output of another task as input, it would also depend on that task.
    assert report["inputs"]["artifacts"] == {}
    assert all("taskOutputParameter" not in one for one in report["inputs"]["parameters"].values())


def test_preflight_runs_before_all_other_steps(package):
    tasks = inner_tasks(package[0])
    first = [name for name, task in tasks.items() if not task.get("dependentTasks")]
    assert first == ["Preflight"]
    assert {name for name, task in tasks.items() if task.get("dependentTasks") == first} == {
        *("HistoryLookup", "ImportSchemaGen", "UtkFaceExampleGen")
    }


def test_the_data_gate_page_is_written_before_the_gate_stops_a_run(package):
    assert "DataGatePage" in inner_tasks(package[0])["GateKeeper"]["dependentTasks"]


def test_the_results_wait_for_every_other_step(package):
    tasks = inner_tasks(package[0])

    def before(name: str) -> set[str]:
        needs = tasks[name].get("dependentTasks", [])
        return {*needs, *(one for need in needs for one in before(need))}

    assert before("Results") == tasks.keys() - {"Results"}


def test_only_the_run_report_gets_the_webhook_and_no_url_is_in_the_package(tmp_path):
    secret = "https://hooks.example/T0/secret-token"
    spec, kubernetes = compile_with(
        tmp_path, f"notify.webhook={secret}", "kubeflow.webhook={name: hook, key: url}"
    )
    seen = [label for label, one in kubernetes.items() if "UTKFACE_WEBHOOK" in json.dumps(one)]
    assert seen == ["RunReport_executor"]
    assert kubernetes["RunReport_executor"]["secretAsEnv"][-1] == {
        "secretName": "hook",
        "keyToEnv": [{"secretKey": "url", "envVar": "UTKFACE_WEBHOOK"}],
    }
    assert "secret-token" not in json.dumps([spec, kubernetes])


def test_a_webhook_needs_a_secret_on_a_cluster(tmp_path):
    config = load_config(data="/data", overrides=["notify.webhook=https://h/secret-token"])
    with pytest.raises(ConfigError, match=r"kubeflow.webhook: expected the secret") as caught:
        compile_pipeline(config, tmp_path / "pipeline.yaml")
    assert "secret-token" not in str(caught.value)
