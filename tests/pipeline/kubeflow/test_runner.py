"""The compiled package: what a cluster reads in it."""

import json
import re
from pathlib import Path

import pytest
import yaml

from pipeline.config import ConfigError, load_config
from pipeline.kubeflow import entrypoint
from pipeline.kubeflow.runner import compile_pipeline, compile_retraining
from pipeline.retrain.settings import RetrainSettings

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
        "kubeflow.node_selector={gpu: yes-please}",
        "kubeflow.tolerations=[{key: gpu, operator: Exists, effect: NoSchedule}]",
        "kubeflow.env={AWS_ENDPOINT_URL: 'http://store:9000'}",
        "kubeflow.image_pull_secrets=[registry]",
    )


def containers(specification: dict) -> dict[str, dict]:
    executors = specification["deploymentSpec"]["executors"]
    return {
        name: executors[component["executorLabel"]]["container"]
        for name, component in specification["components"].items()
    }


def test_it_is_a_bare_specification_of_the_schema_that_the_backend_takes(package):
    specification, _ = package
    assert specification["schemaVersion"] == "2.1.0"
    assert specification["pipelineInfo"] == {"name": "utkface"}
    assert specification["defaultPipelineRoot"] == "minio://mlpipeline/v2/artifacts"


def test_the_settings_are_the_defaults_of_the_run_parameters(package):
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


def test_each_container_is_told_the_defaults_of_its_own_parameters(package):
    specification, _ = package
    told = {}
    for name, container in containers(specification).items():
        args = container["args"]
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


def test_every_step_runs_our_entrypoint_in_the_image_of_the_run(package):
    specification, _ = package
    for name, container in containers(specification).items():
        assert container["command"] == ["python", "-m", "pipeline.kubeflow.entrypoint"]
        assert container["image"] == IMAGE
        assert container["env"] == [{"name": "AWS_ENDPOINT_URL", "value": "http://store:9000"}]
        task = specification["root"]["dag"]["tasks"][name]
        assert task["inputs"]["parameters"]["image"] == {"componentInputParameter": "image"}


def test_no_two_containers_are_equal_for_the_backend_would_take_them_for_one(package):
    all_containers = [json.dumps(one) for one in containers(package[0]).values()]
    assert len(set(all_containers)) == len(all_containers) == 18


def test_a_warm_start_is_an_artifact_of_the_lookup(package, tmp_path):
    assert "training_state" not in artifacts_of_trainer(package[0])
    warm, _ = compile_with(tmp_path, "trainer.warm_start=s3://b/run")
    assert artifacts_of_trainer(warm)["training_state"] == {
        "taskOutputArtifact": {
            "producerTask": "HistoryLookup",
            "outputArtifactKey": "training_state",
        }
    }
    lookup = warm["root"]["dag"]["tasks"]["HistoryLookup"]["inputs"]["parameters"]
    assert lookup["warm_start"]["runtimeValue"] == {"constant": "s3://b/run"}
    outputs = warm["components"]["HistoryLookup"]["outputDefinitions"]["artifacts"]
    assert outputs["training_state"]["artifactType"]["instanceSchema"].startswith(
        "title: tfx.ModelRun"
    )


def artifacts_of_trainer(specification: dict) -> dict[str, dict]:
    return specification["root"]["dag"]["tasks"]["Trainer"]["inputs"]["artifacts"]


def test_there_is_nothing_that_the_backend_refuses_or_passes_over(package):
    specification, _ = package
    executors = specification["deploymentSpec"]["executors"].values()
    assert all(executor.keys() == {"container"} for executor in executors)
    assert all("lifecycle" not in executor["container"] for executor in executors)


def test_the_training_asks_for_a_gpu_and_nothing_else_does(package):
    specification, kubernetes = package
    resources = {
        name: container["resources"]
        for name, container in containers(specification).items()
        if "resources" in container
    }
    assert resources == {
        "Trainer": {
            "cpuLimit": 4.0,
            "memoryLimit": 16.0,
            "accelerator": {"type": "nvidia.com/gpu", "count": "1"},
        }
    }
    trainer = kubernetes["Trainer_executor"]
    assert trainer["nodeSelector"] == {"labels": {"gpu": "yes-please"}}
    assert trainer["tolerations"] == [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert "nodeSelector" not in kubernetes["Pusher_executor"]


def test_without_a_gpu_none_is_asked_for(tmp_path):
    specification, _ = compile_with(tmp_path, "kubeflow.trainer.gpus=0")
    assert containers(specification)["Trainer"]["resources"] == {
        "cpuLimit": 4.0,
        "memoryLimit": 16.0,
    }


def test_every_step_sees_the_volumes_and_the_secrets(package):
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


def test_history_and_models_lie_beside_the_artifacts_unless_named(package, tmp_path):
    def told(specification: dict) -> tuple[str, str]:
        tasks = specification["root"]["dag"]["tasks"]
        history = tasks["ModelRecorder"]["inputs"]["parameters"]["history"]
        push = tasks["Pusher"]["inputs"]["parameters"]["push_destination"]
        destination = json.loads(push["runtimeValue"]["constant"])
        return history["runtimeValue"]["constant"], destination["filesystem"]["base_directory"]

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
            "expected one mount a folder; ['/a'] have more",
        ),
        ("kubeflow.secrets=[{name: s}]", "expected `env`, `mount_path` or both"),
        ("kubeflow.volumes=[{claim: c, mount_path: data}]", "kubeflow.volumes.0.mount_path: "),
        ("kubeflow.volumes=[{claim: a.b, mount_path: /data}]", "kubeflow.volumes.0.claim: "),
        (
            "kubeflow.volumes=[{claim: c, mount_path: /a}, {claim: c, mount_path: /b}]",
            "expected each claim and secret to be mounted once; ['c'] are not",
        ),
        ("kubeflow.secrets=[{name: a.b, mount_path: /a}]", "expected a name without dots"),
        ("kubeflow.trainer.gpus=-1", "kubeflow.trainer.gpus: "),
        ("kubeflow.colour=blue", "kubeflow.colour: there is no such setting"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_compiled(override, message):
    with pytest.raises(ConfigError) as caught:
        load_config(data="/data", overrides=[override])
    assert message in str(caught.value)


def test_vertex_takes_a_job_of_its_own_kind(tmp_path):
    path = tmp_path / "pipeline.json"
    config = load_config(
        data="gs://b/faces",
        overrides=["kubeflow.pipeline_root=gs://b/root", "kubeflow.image=registry/utkface:1"],
    )
    compile_pipeline(config, path, vertex=True)
    job = json.loads(path.read_text(encoding="utf-8"))
    assert job["runtimeConfig"] == {"gcsOutputDirectory": "gs://b/root"}
    specification = job["pipelineSpec"]
    for container in containers(specification).values():
        assert container["image"] == "registry/utkface:1"
        assert container["env"] == [{"name": "UTKFACE_STAGING", "value": "none"}]
    accelerator = containers(specification)["Trainer"]["resources"]["accelerator"]
    assert accelerator == {"type": "NVIDIA_TESLA_T4", "count": "1"}
    assert specification["root"]["inputDefinitions"]["parameters"]["data"]["defaultValue"] == (
        "gs://b/faces"
    )


def test_vertex_refuses_another_store(tmp_path):
    with pytest.raises(ConfigError, match=r"expected a gs:// folder.*found 'minio://"):
        compile_pipeline(load_config(data="gs://b/faces"), tmp_path / "p.json", vertex=True)


def test_the_steps_know_every_kind_of_artifact_of_ours(package):
    found = set(re.findall(r"\butkface\.[A-Z]\w+", json.dumps(package[0])))
    assert found == {kind.TYPE_NAME for kind in entrypoint._OUR_ARTIFACTS}


def test_by_the_clock_all_waits_for_a_step_that_looks_for_data(package, tmp_path):
    path = tmp_path / "pipeline.yaml"
    config = load_config(
        data="/data/{SPAN}",
        overrides=["kubeflow.volumes=[{claim: faces, mount_path: /data}]", "window=3"],
        retrain={"complete_when": "/data/{SPAN}/_SUCCESS"},
    )
    compile_retraining(config, path)
    by_clock, platform = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    once, _ = package
    tasks = by_clock["root"]["dag"]["tasks"]
    assert set(tasks) == {"SpanChoice", "Retraining"}
    # What kfp's own compiler writes for dsl.If.
    assert tasks["Retraining"]["triggerPolicy"] == {
        "condition": "int(inputs.parameter_values['span']) >= 0"
    }
    assert tasks["Retraining"]["dependentTasks"] == ["SpanChoice"]
    retraining = by_clock["components"]["Retraining"]
    assert set(retraining["dag"]["tasks"]) == {*once["root"]["dag"]["tasks"], "SpanWindow"}
    given = tasks["Retraining"]["inputs"]["parameters"]
    assert set(given) == set(retraining["inputDefinitions"]["parameters"])
    assert given.pop("span") == {
        "taskOutputParameter": {"producerTask": "SpanChoice", "outputParameterKey": "span"}
    }
    assert given == {name: {"componentInputParameter": name} for name in given}
    assert by_clock["root"]["inputDefinitions"] == retraining["inputDefinitions"]

    container = by_clock["deploymentSpec"]["executors"]["SpanChoice_executor"]["container"]
    assert container["image"] == IMAGE
    assert container["command"] == ["python", "-m", "pipeline.kubeflow.span_choice"]
    arguments = dict(zip(container["args"][::2], container["args"][1::2], strict=True))
    assert RetrainSettings.model_validate_json(arguments.pop("--settings")) == config.retrain
    assert arguments == {
        "--history": "minio://mlpipeline/v2/artifacts/utkface/history",
        "--data": "{{$.inputs.parameters['data']}}",
        "--span": "{{$.inputs.parameters['span']}}",
        "--output": "{{$.outputs.parameters['span'].output_file}}",
    }
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert executors["SpanChoice_executor"]["pvcMount"][0]["mountPath"] == "/data"
    lookup = retraining["dag"]["tasks"]["HistoryLookup"]["inputs"]["parameters"]["warm_start"]
    assert lookup == {"runtimeValue": {"constant": "latest"}}
