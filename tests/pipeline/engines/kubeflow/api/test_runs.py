"""Runs, against a stand-in for the server."""

from datetime import datetime, timezone

import pytest
import yaml

from pipeline.engines.kubeflow.api.errors import KubeflowError


@pytest.fixture
def faces(client, package):
    return client.pipelines.create("faces", package())


def test_a_run_uses_the_newest_version_and_typed_parameters(server, client, faces, package):
    client.pipelines.update("faces", package())
    typed = {"span": "7", "rate": "1e-3", "data": "7", "augment": "FALSE", "layers": "[1, 2]"}
    run = client.runs.create("faces", typed)
    (sent,) = server.seen("POST /runs")
    assert sent.body == {
        "experiment_id": next(iter(server.api.experiments)),
        "display_name": run.name,
        "pipeline_version_reference": {
            "pipeline_id": faces.pipeline_id,
            "pipeline_version_id": list(server.api.versions)[-1],
        },
        "runtime_config": {
            "parameters": {
                "span": 7,
                "rate": 0.001,
                "data": "7",
                "augment": False,
                "layers": [1, 2],
            }
        },
    }
    assert run.to_dict() == {
        "run_id": next(iter(server.api.runs)),
        "name": run.name,
        "state": "PENDING",
        "created_at": run.created_at.isoformat(),
        "finished_at": "",
        "error": "",
        "link": f"{server.url}/#/runs/details/{run.run_id}",
    }


@pytest.mark.usefixtures("faces")
def test_a_run_without_parameters_keeps_the_defaults(server, client):
    client.runs.create("faces", {})
    assert server.seen("POST /runs")[0].body["runtime_config"] == {"parameters": {}}


def test_a_run_uses_the_root_of_the_version_unless_it_names_another(server, client, package):
    """The backend does not read the root from the version."""
    client.pipelines.create("faces", package(defaultPipelineRoot="s3://b/root"))
    client.runs.create("faces", {})
    client.runs.create("faces", {}, pipeline_root="gs://c/root", service_account="trainer")
    first, second = (call.body for call in server.seen("POST /runs"))
    assert first["runtime_config"] == {"parameters": {}, "pipeline_root": "s3://b/root"}
    assert "service_account" not in first
    assert second["runtime_config"]["pipeline_root"] == "gs://c/root"
    assert second["service_account"] == "trainer"


def test_a_run_creates_a_missing_experiment(server, client, faces):
    server.api.experiments.clear()
    client.runs.create("faces", {})
    (experiment,) = server.api.experiments.values()
    assert experiment["display_name"] == "faces"
    assert server.seen("POST /runs")[0].body["experiment_id"] == experiment["experiment_id"]


def test_a_package_with_a_platform_spec_can_be_run(client, server, package):
    path = package({"span": {"parameterType": "NUMBER_INTEGER"}})
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {}}}}
    path.write_text(f"{path.read_text()}---\n{yaml.safe_dump(platform)}")
    client.pipelines.create("faces", path)
    client.runs.create("faces", {"span": "2"})
    (stored,) = server.api.versions.values()
    assert set(stored["pipeline_spec"]) == {"pipeline_spec", "platform_spec"}
    assert server.seen("POST /runs")[0].body["runtime_config"] == {"parameters": {"span": 2}}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"spam": "1"},
            "faces: There is no parameter 'spam'. The parameters of the pipeline are: "
            "augment, data, layers, options, rate, span.",
        ),
        (
            {"span": "1.5"},
            "faces: Parameter 'span' is NUMBER_INTEGER: expected a whole number, at most 2^53 "
            "from 0, found '1.5'.",
        ),
    ],
)
def test_a_wrong_parameter_is_reported_before_anything_is_created(
    server, client, faces, given, message
):
    server.api.experiments.clear()
    with pytest.raises(KubeflowError) as caught:
        client.runs.create("faces", given)
    assert str(caught.value) == message
    assert [call.method for call in server.seen() if "upload" not in call.path].count("POST") == 1
    assert server.api.experiments == server.api.runs == {}


@pytest.mark.usefixtures("faces")
def test_a_server_error_is_reported_with_its_message(server, client):
    server.fail("POST /runs", status=400, body=b'{"message": "quota is used up"}')
    with pytest.raises(KubeflowError) as caught:
        client.runs.create("faces", {})
    assert str(caught.value) == (
        f"Could not create a run of 'faces' on {server.url}: HTTP 400: quota is used up."
    )


@pytest.mark.usefixtures("faces")
def test_the_list_shows_runs_of_the_pipeline_newest_first(server, client):
    (experiment_id,) = server.api.experiments
    for number in range(150):
        server.api._add("runs", "run_id", display_name=str(number), experiment_id=experiment_id)
    server.api._add("runs", "run_id", display_name="other", experiment_id="other")
    listed = [run.name for run in client.runs.list("faces")]
    assert listed == [str(number) for number in reversed(range(150))]
    assert len(server.seen("GET /runs")) == 2


@pytest.mark.usefixtures("faces")
def test_a_pipeline_that_never_ran_has_no_runs(server, client):
    assert client.runs.list("faces") == []
    server.api.experiments.clear()
    assert client.runs.list("faces") == []


@pytest.mark.parametrize("method", ["create", "list"])
def test_an_unknown_pipeline_is_named(server, client, method):
    arguments = [{}] if method == "create" else []
    with pytest.raises(KubeflowError, match=f"There is no pipeline 'cats' on {server.url}"):
        getattr(client.runs, method)("cats", *arguments)


@pytest.mark.usefixtures("faces")
def test_a_run_is_terminated_read_and_deleted(server, client):
    run = client.runs.create("faces", {})
    client.runs.terminate(run.run_id)
    assert client.runs.get(run.run_id).state == "CANCELING"
    client.runs.delete(run.run_id)
    assert server.api.runs == {}


@pytest.mark.usefixtures("faces")
def test_a_failed_run_reports_when_and_why(server, client):
    run = client.runs.create("faces", {})
    server.api.runs[run.run_id] |= {
        "state": "FAILED",
        "finished_at": "2024-05-01T13:00:00Z",
        "error": {"code": 13, "message": "out of memory"},
    }
    found = client.runs.get(run.run_id)
    assert (found.state, found.error) == ("FAILED", "out of memory")
    assert found.finished_at == datetime(2024, 5, 1, 13, tzinfo=timezone.utc)


@pytest.mark.usefixtures("faces")
def test_an_unfinished_run_has_no_end_time_and_may_have_no_state(server, client):
    run = client.runs.create("faces", {})
    server.api.runs[run.run_id]["finished_at"] = "1970-01-01T00:00:00Z"
    del server.api.runs[run.run_id]["state"]
    found = client.runs.get(run.run_id)
    assert (found.finished_at, found.state) == (None, "")


@pytest.mark.parametrize("run_id", ["", " ", "no-such", "a/../b", "?x=1"])
@pytest.mark.parametrize("method", ["get", "terminate", "delete"])
def test_an_unknown_run_is_named(server, client, method, run_id):
    with pytest.raises(KubeflowError) as caught:
        getattr(client.runs, method)(run_id)
    assert str(caught.value) == (
        f"There is no run {run_id!r} on {server.url}. "
        "Look at the list of the pipeline's runs for its id."
    )


@pytest.mark.parametrize(("method", "verb"), [("get", "look at"), ("terminate", "terminate")])
def test_any_other_error_with_a_run_is_reported_unchanged(server, client, method, verb):
    server.fail("/runs/", status=500)
    with pytest.raises(KubeflowError, match=f"Could not {verb} the run 'r' on .*: HTTP 500: plan"):
        getattr(client.runs, method)("r")
