"""Fields that the open backend omits are added, and surplus fields are removed."""

import copy

from pipeline.engines.kubeflow.pod import invocation

EXAMPLES_TYPE = {"instanceSchema": "title: tfx.Examples\n"}
INPUTS_SPEC = {
    "artifacts": {"examples": {"artifactType": EXAMPLES_TYPE}},
    "parameters": {
        "epochs": {"parameterType": "NUMBER_INTEGER", "defaultValue": 10, "isOptional": True},
        "run_fn": {"parameterType": "STRING"},
    },
}
TOLD = {
    "inputs": {
        "parameterValues": {"run_fn": "a.b", "image": "registry/image"},
        "artifacts": {
            "examples": {"artifacts": [{"name": "7", "uri": "minio://b/examples", "metadata": {}}]}
        },
    },
    "outputs": {
        "artifacts": {
            "model": {"artifacts": [{"uri": "minio://b/model", "type": {"instanceSchema": "x"}}]},
            "executor-logs": {
                "artifacts": [{"uri": "minio://b/logs", "type": {"schemaTitle": "system.Artifact"}}]
            },
        },
        "outputFile": "/tmp/kfp_outputs/output_metadata.json",
    },
}


def test_types_come_from_the_spec_and_not_from_the_backend() -> None:
    told = copy.deepcopy(TOLD)
    told["inputs"]["artifacts"]["examples"]["artifacts"][0]["type"] = {
        "schemaTitle": "system.Dataset"
    }
    for said in (TOLD, told):
        completed = invocation.complete_inputs(said, INPUTS_SPEC)
        (examples,) = completed["inputs"]["artifacts"]["examples"]["artifacts"]
        assert examples == {
            "name": "7",
            "uri": "minio://b/examples",
            "metadata": {},
            "type": EXAMPLES_TYPE,
        }


def test_an_artifact_without_a_name_is_named_after_its_id_or_uri() -> None:
    told = copy.deepcopy(TOLD)
    (examples,) = told["inputs"]["artifacts"]["examples"]["artifacts"]
    examples["name"] = ""
    for key, value in (("uri", "minio://b/examples"), ("artifactId", "12")):
        examples[key] = value
        completed = invocation.complete_inputs(told, INPUTS_SPEC)
        assert completed["inputs"]["artifacts"]["examples"]["artifacts"][0]["name"] == value


def test_a_default_replaces_only_a_missing_value() -> None:
    completed = invocation.complete_inputs(TOLD, INPUTS_SPEC)
    assert completed["inputs"]["parameterValues"] == {"run_fn": "a.b", "epochs": 10}
    told = copy.deepcopy(TOLD)
    told["inputs"]["parameterValues"]["epochs"] = 0
    completed = invocation.complete_inputs(told, INPUTS_SPEC)
    assert completed["inputs"]["parameterValues"]["epochs"] == 0


def test_executor_logs_are_left_to_the_backend() -> None:
    completed = invocation.complete_inputs(TOLD, INPUTS_SPEC)
    assert completed["outputs"]["artifacts"].keys() == {"model"}
    assert completed["outputs"]["outputFile"] == TOLD["outputs"]["outputFile"]


def test_a_step_without_inputs_is_completed() -> None:
    completed = invocation.complete_inputs({"outputs": {"outputFile": "x"}}, {})
    assert completed["inputs"] == {"parameterValues": {}, "artifacts": {}}


def test_local_paths_replace_uris_and_the_invocation_is_unchanged() -> None:
    told = copy.deepcopy(TOLD)
    local = invocation.localise(invocation.complete_inputs(told, INPUTS_SPEC), "/scratch")
    assert local["inputs"]["artifacts"]["examples"]["artifacts"][0]["uri"] == (
        "/scratch/minio/b/examples"
    )
    assert list(invocation.uris(local)) == [
        "/scratch/minio/b/examples",
        "/scratch/minio/b/model",
    ]
    assert told == TOLD


def test_uris_replace_local_paths_in_the_reported_artifacts() -> None:
    written = {
        "artifacts": {
            "blessing": {
                "artifacts": [
                    {
                        "name": "",
                        "uri": "/minio/b/blessing",
                        "metadata": {"current_model": "/minio/b/model", "blessed": 1.0},
                    }
                ]
            }
        },
        "parameterValues": {"a": "/minio/b/kept"},
    }
    said = invocation.globalise(written, "")
    (blessing,) = said["artifacts"]["blessing"]["artifacts"]
    assert blessing["uri"] == "minio://b/blessing"
    assert blessing["metadata"] == {"current_model": "minio://b/model", "blessed": 1.0}
    assert said["parameterValues"] == written["parameterValues"]
