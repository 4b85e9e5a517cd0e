"""Pipelines and their versions, against a stand-in for the server."""

import re
from typing import Any

import pytest

from pipeline.engines.kubeflow.api import pipelines
from pipeline.engines.kubeflow.api.errors import KubeflowError


def steps(server: Any) -> list[str]:
    """Returns the calls to the server, with ids replaced."""
    return [re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", str(call)) for call in server.seen()]


def test_create_uploads_the_file_and_creates_an_experiment(server, client, package, capfd) -> None:
    created = client.pipelines.create("faces", package())
    assert steps(server) == [
        "GET /pipelines",
        "POST /pipelines/upload",
        "GET /experiments",
        "POST /experiments",
    ]
    assert server.seen("upload")[0].query == {"name": "faces"}
    assert server.seen("upload")[0].body == package().read_text()
    (version,) = server.api.versions.values()
    assert version["pipeline_spec"]["pipelineInfo"] == {"name": "faces"}
    assert [row["display_name"] for row in server.api.experiments.values()] == ["faces"]
    assert created.to_dict() == {
        "pipeline_name": "faces",
        "pipeline_id": next(iter(server.api.pipelines)),
        "created_at": "2024-05-01T12:00:00+00:00",
        "link": f"{server.url}/#/pipelines/details/{created.pipeline_id}",
    }
    # Links that the SDK prints are suppressed.
    assert capfd.readouterr() == ("", "")


def test_create_refuses_a_name_that_is_taken(server, client, package) -> None:
    first = client.pipelines.create("faces", package())
    with pytest.raises(KubeflowError) as caught:
        client.pipelines.create("faces", package())
    assert str(caught.value) == (
        f"The pipeline 'faces' exists already on {server.url} ({first.pipeline_id}). "
        "Update it instead, or delete it first."
    )
    assert len(server.seen("upload")) == len(server.api.pipelines) == 1


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"schemaVersion": "2.0.0"}, "KFP only supports schema version 2.1.0, but the pipeline"),
        ({"pipelineInfo": None}, "no pipeline spec is provided"),
        ({"root": None}, "invalid v2 pipeline spec: root component is empty"),
    ],
)
def test_a_package_that_the_server_rejects_leaves_nothing_behind(
    server, client, package, changes, found
) -> None:
    with pytest.raises(KubeflowError) as caught:
        client.pipelines.create("faces", package(**changes))
    assert f"Could not create the pipeline 'faces' on {server.url}: HTTP 400: {found}" in str(
        caught.value
    )
    assert server.api.pipelines == server.api.experiments == {}


def test_updates_within_a_second_have_unique_version_names(server, client, package) -> None:
    created = client.pipelines.create("faces", package())
    for _ in range(5):
        assert client.pipelines.update("faces", package()) == created
    names = [version["display_name"] for version in server.api.versions.values()]
    assert names[0] == "faces" and len(set(names)) == 6
    assert all(re.fullmatch(r"faces-20\d{12}-[0-9a-f]{6}", name) for name in names[1:])
    assert {version["pipeline_id"] for version in server.api.versions.values()} == {
        created.pipeline_id
    }


def test_the_newest_version_is_the_last_upload(server, client, package) -> None:
    created = client.pipelines.create("faces", package())
    client.pipelines.update("faces", package({"late": {"parameterType": "STRING"}}))
    version_id, spec = client.pipelines.newest_version(created)
    assert version_id == list(server.api.versions)[-1]
    assert list(spec["root"]["inputDefinitions"]["parameters"]) == ["late"]


def test_a_pipeline_without_a_version_is_reported(server, client, package) -> None:
    created = client.pipelines.create("faces", package())
    server.api.versions.clear()
    with pytest.raises(KubeflowError, match=r"'faces' on .* has no version\. Update"):
        client.pipelines.newest_version(created)


@pytest.mark.parametrize("method", ["update", "delete"])
def test_a_missing_pipeline_is_named(server, client, package, method) -> None:
    arguments = [package()] if method == "update" else []
    with pytest.raises(KubeflowError) as caught:
        getattr(client.pipelines, method)("no such", *arguments)
    assert str(caught.value) == (
        f"There is no pipeline 'no such' on {server.url}. "
        "Create it first, or look at the list for its name."
    )
    assert steps(server) == ["GET /pipelines"]


def test_a_name_is_matched_exactly(server, client, package) -> None:
    odd = 'a"}]}\\ & = %20 ü'
    client.pipelines.create(odd, package())
    assert client.pipelines.find(odd).name == odd
    assert client.pipelines.find("a") is None


def test_the_list_has_all_pages(server, client) -> None:
    for number in range(205):
        server.api._add("pipelines", "pipeline_id", display_name=f"p{number}")
    listed = client.pipelines.list()
    assert [pipeline.name for pipeline in listed] == [f"p{number}" for number in range(205)]
    assert [call.query.get("page_token", "") for call in server.seen()] == ["", "100", "200"]


def test_an_empty_server_has_an_empty_list(client) -> None:
    assert client.pipelines.list() == []


def test_delete_removes_versions_first_and_the_experiment_last(server, client, package) -> None:
    client.pipelines.create("faces", package())
    client.pipelines.update("faces", package())
    server.calls.clear()
    assert client.pipelines.delete("faces") == (2, "")
    assert steps(server) == [
        "GET /pipelines",
        "GET /pipelines/ID/versions",
        "DELETE /pipelines/ID/versions/ID",
        "DELETE /pipelines/ID/versions/ID",
        "DELETE /pipelines/ID",
        "GET /experiments",
        "GET /runs",
        "GET /recurringruns",
        "DELETE /experiments/ID",
    ]
    assert server.api.pipelines == server.api.versions == server.api.experiments == {}


def test_delete_succeeds_without_an_experiment(server, client, package) -> None:
    client.pipelines.create("faces", package())
    server.api.experiments.clear()
    assert client.pipelines.delete("faces") == (1, "")


@pytest.mark.parametrize(
    ("kind", "id_field", "what"),
    [("runs", "run_id", "runs"), ("recurring_runs", "recurring_run_id", "recurring runs, which")],
)
def test_an_experiment_with_runs_is_kept(server, client, package, kind, id_field, what) -> None:
    client.pipelines.create("faces", package())
    (experiment_id,) = server.api.experiments
    server.api._add(kind, id_field, experiment_id=experiment_id)
    versions, warning = client.pipelines.delete("faces")
    assert versions == 1 and server.api.pipelines == {}
    assert warning.startswith(f"The experiment 'faces' is kept: it holds {what}")
    assert list(server.api.experiments) == [experiment_id]


def test_a_failure_to_delete_the_experiment_is_a_warning(server, client, package) -> None:
    client.pipelines.create("faces", package())
    server.fail("DELETE /experiments", status=403, body=b'{"message": "not yours"}')
    versions, warning = client.pipelines.delete("faces")
    assert versions == 1 and server.api.pipelines == {}
    assert warning.startswith(
        "The experiment 'faces' is kept. Could not delete the experiment 'faces' on "
        f"{server.url}: HTTP 403: not yours."
    )


def test_an_interrupted_delete_can_be_repeated(server, client, package) -> None:
    client.pipelines.create("faces", package())
    client.pipelines.update("faces", package())
    server.fail("DELETE /pipelines/[^/]+$", status=503, times=1)
    with pytest.raises(KubeflowError, match="Could not delete the pipeline 'faces'"):
        client.pipelines.delete("faces")
    assert client.pipelines.delete("faces") == (0, "")
    assert server.api.pipelines == {}


def test_unique_names_are_unique_and_valid_in_kubernetes() -> None:
    names = {pipelines.unique_name("faces") for _ in range(1000)}
    assert len(names) > 990
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
