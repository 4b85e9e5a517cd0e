"""Schedules on Kubeflow Pipelines, against a stand-in for its server."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.engines.kubeflow.api.errors import KubeflowError
from pipeline.engines.kubeflow.api.recurring_runs import Recurrence

WEEKLY = Recurrence(cron="0 0 3 * * 1")


@pytest.fixture
def uploaded(client, package) -> Any:
    """A client of a server that has the pipeline `faces`."""
    client.pipelines.create("faces", package())
    return client


@pytest.fixture
def schedule(server) -> Callable[..., Result]:
    def call(verb: str, *arguments: str) -> Result:
        options = ["--engine", "kubeflow", "--endpoint", server.url]
        return CliRunner().invoke(main, ["schedule", verb, *arguments, *options])

    return call


def test_the_newest_version_is_scheduled_with_one_run_at_a_time(uploaded, server, package):
    uploaded.pipelines.update("faces", package())
    created, replaced = uploaded.recurring_runs.create(
        "weekly", "faces", WEEKLY, {"span": "3", "data": "gs://b/[[ScheduledTime]]"}
    )
    assert replaced == 0
    (kept,) = server.api.recurring_runs.values()
    newest = list(server.api.versions.values())[-1]
    (experiment,) = server.api.experiments.values()
    assert kept["pipeline_version_reference"] == {
        "pipeline_id": newest["pipeline_id"],
        "pipeline_version_id": newest["pipeline_version_id"],
    }
    assert kept["experiment_id"] == experiment["experiment_id"]
    assert experiment["display_name"] == "faces"
    assert kept["trigger"] == {"cron_schedule": {"cron": "0 0 3 * * 1"}}
    assert (int(kept["max_concurrency"]), kept["no_catchup"]) == (1, True)
    assert kept["runtime_config"]["parameters"] == {"span": 3, "data": "gs://b/[[ScheduledTime]]"}
    assert "pipeline_root" not in kept["runtime_config"] and "service_account" not in kept
    assert created.enabled and created.when == "0 0 3 * * 1"
    assert created.link.endswith(f"/#/recurringrun/details/{created.recurring_run_id}")


def test_a_schedule_uses_the_root_of_the_version_and_the_given_account(client, server, package):
    client.pipelines.create("faces", package(defaultPipelineRoot="s3://b/root"))
    client.recurring_runs.create("weekly", "faces", WEEKLY, {}, service_account="trainer")
    (kept,) = server.api.recurring_runs.values()
    assert kept["runtime_config"] == {"parameters": {}, "pipeline_root": "s3://b/root"}
    assert kept["service_account"] == "trainer"


def test_an_interval_is_in_seconds(uploaded, server):
    created, _ = uploaded.recurring_runs.create("weekly", "faces", Recurrence(seconds=3600), {})
    (kept,) = server.api.recurring_runs.values()
    assert int(kept["trigger"]["periodic_schedule"]["interval_second"]) == 3600
    assert created.when == "every 3600 s"


def test_a_schedule_of_the_same_name_is_replaced_and_others_stay(uploaded, server):
    for name in ("weekly", "daily"):
        uploaded.recurring_runs.create(name, "faces", WEEKLY, {})
    created, replaced = uploaded.recurring_runs.create("weekly", "faces", WEEKLY, {})
    assert replaced == 1
    assert {one.name for one in uploaded.recurring_runs.list()} == {"daily", "weekly"}
    assert created.recurring_run_id in server.api.recurring_runs


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"spam": "3"}, "There is no parameter 'spam'"),
        ({"span": "[[Index]]"}, "Parameter 'span' is NUMBER_INTEGER"),
    ],
)
def test_a_rejected_schedule_keeps_the_previous_one(uploaded, server, parameters, why):
    before, _ = uploaded.recurring_runs.create("weekly", "faces", WEEKLY, {})
    with pytest.raises(KubeflowError, match=why):
        uploaded.recurring_runs.create("weekly", "faces", WEEKLY, parameters)
    assert list(server.api.recurring_runs) == [before.recurring_run_id]


def test_schedules_are_disabled_and_deleted(uploaded, server):
    uploaded.recurring_runs.create("weekly", "faces", WEEKLY, {})
    uploaded.recurring_runs.disable("weekly")
    assert [one.enabled for one in uploaded.recurring_runs.list()] == [False]
    uploaded.recurring_runs.delete("weekly")
    assert uploaded.recurring_runs.list() == []
    for verb in (uploaded.recurring_runs.disable, uploaded.recurring_runs.delete):
        with pytest.raises(KubeflowError, match="There is no recurring run 'weekly' on "):
            verb("weekly")


@pytest.mark.slow
def test_schedule_create_uploads_a_pipeline_that_looks_for_data_first(schedule, server):
    options = ["--data", "/data/{SPAN}", "--cron", "0 3 * * 7"]
    ended = schedule("create", *options)
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith("utkface created: At 03:00 on Sunday\nhttp")
    (pipeline,) = server.api.pipelines.values()
    (kept,) = server.api.recurring_runs.values()
    (version,) = server.api.versions.values()
    assert pipeline["display_name"] == "utkface-retraining"
    assert kept["display_name"] == "utkface"
    assert kept["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * 0"
    specification = version["pipeline_spec"]["pipeline_spec"]
    assert set(specification["root"]["dag"]["tasks"]) == {"Pipeline", "RunReport"}
    assert set(specification["components"]["Pipeline"]["dag"]["tasks"]) == {
        "SpanChoice",
        "Retraining",
    }

    again = schedule("create", *options, "--parameter", "data=/data/[[ScheduledTime]]/{SPAN}")
    assert again.stdout.startswith("utkface replaced: ")
    assert "the one before was deleted" in again.stdout
    assert "kubeflow/pipelines#12494" in again.stderr
    assert len(server.api.versions) == 2 and len(server.api.recurring_runs) == 1

    table = schedule("list").stdout
    assert "utkface" in table and "0 0 3 * * 0" in table
    assert schedule("disable", "utkface").stdout == "utkface disabled\n"
    (listed,) = json.loads(schedule("list", "--json").stdout)
    assert listed["enabled"] is False and listed["runs"].startswith(server.url)
    assert schedule("delete", "utkface").stdout == "utkface deleted\n"
    missing = schedule("delete", "utkface")
    assert missing.exit_code == 1 and "There is no recurring run 'utkface'" in missing.stderr


def test_a_dry_run_makes_no_calls(server):
    ended = CliRunner().invoke(
        main,
        [
            *("schedule", "create", "--engine", "kubeflow", "--dry-run", "--every", "7d"),
            *("--data", "gs://b/{SPAN}", "--set", "retrain.complete_when=gs://b/{SPAN}/_SUCCESS"),
            *("--parameter", "epochs=3", "--endpoint", "http://127.0.0.1:9"),
        ],
    )
    assert ended.exit_code == 0, ended.output
    assert yaml.safe_load(ended.stdout) == {
        "display_name": "utkface",
        "experiment": "utkface-retraining",
        "pipeline": "utkface-retraining",
        "runtime_config": {
            "parameters": {"epochs": "3"},
            "pipeline_root": "minio://mlpipeline/v2/artifacts",
        },
        "trigger": {"periodic_schedule": {"interval_second": 604800}},
        "mode": "ENABLE",
        "max_concurrency": 1,
        "no_catchup": True,
    }
