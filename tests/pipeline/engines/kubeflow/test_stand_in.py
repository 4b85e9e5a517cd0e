"""The stand-in rejects the same calls as the server."""

import kfp
import kfp_server_api
import pytest

from pipeline.engines.kubeflow.api.bounded_client import BoundedClient


@pytest.fixture
def sdk(server) -> kfp.Client:
    return BoundedClient(host=server.url)


@pytest.fixture
def faces(client, package):
    return client.pipelines.create("faces", package())


def status_of(action, *arguments, **keywords) -> int:
    with pytest.raises(kfp_server_api.ApiException) as caught:
        action(*arguments, **keywords)
    return caught.value.status


def test_a_pipeline_with_versions_is_not_deleted(sdk, faces) -> None:
    assert status_of(sdk.delete_pipeline, faces.pipeline_id) == 400


def test_names_are_unique(sdk, faces, package) -> None:
    assert status_of(sdk.upload_pipeline, str(package()), "faces") == 409
    again = (str(package()), "faces")
    assert status_of(sdk.upload_pipeline_version, *again, pipeline_id=faces.pipeline_id) == 409


@pytest.mark.parametrize(
    "parameters", [{"span": "3"}, {"span": True}, {"data": 3}, {"augment": "true"}, {"other": 1}]
)
def test_parameters_must_match_their_types(server, sdk, faces, parameters) -> None:
    (experiment_id,) = server.api.experiments
    (version_id,) = server.api.versions
    of_version = {"pipeline_id": faces.pipeline_id, "version_id": version_id}
    run = {"experiment_id": experiment_id, "job_name": "j", "params": parameters, **of_version}
    assert status_of(sdk.run_pipeline, **run) == 400
    assert status_of(sdk.create_recurring_run, **run, cron_expression="0 0 3 * * ?") == 400
    assert server.api.runs == server.api.recurring_runs == {}


@pytest.mark.parametrize("kind", ["pipeline", "run", "recurring_run"])
def test_a_missing_object_is_not_found(sdk, kind) -> None:
    assert status_of(getattr(sdk, f"get_{kind}"), "none") == 404
    assert status_of(getattr(sdk, f"delete_{kind}"), "none") == 404


def test_a_pipeline_is_found_by_its_name(server, sdk, faces) -> None:
    assert sdk.get_pipeline_id("faces") == faces.pipeline_id
    named = server.api.answer("GET /pipelines/names/faces")
    assert (named[0], named[1]["pipeline_id"]) == (200, faces.pipeline_id)


def test_a_schedule_is_created_switched_listed_and_deleted(server, sdk, faces) -> None:
    (experiment_id,) = server.api.experiments
    made = sdk.create_recurring_run(
        experiment_id=experiment_id,
        job_name="nightly",
        cron_expression="0 0 3 * * ?",
        pipeline_id=faces.pipeline_id,
        version_id=next(iter(server.api.versions)),
        params={"span": 2},
    )
    assert server.seen("POST /recurringruns")[0].body["trigger"]["cron_schedule"] == {
        "cron": "0 0 3 * * ?"
    }
    assert made.status == "ENABLED"
    key = made.recurring_run_id
    sdk.disable_recurring_run(key)
    assert sdk.get_recurring_run(key).status == "DISABLED"
    sdk.enable_recurring_run(key)
    (listed,) = sdk.list_recurring_runs(experiment_id=experiment_id).recurring_runs
    assert (listed.status, listed.display_name) == ("ENABLED", "nightly")
    assert sdk.list_recurring_runs(experiment_id="other").recurring_runs is None
    sdk.delete_recurring_run(key)
    assert server.api.recurring_runs == {}
