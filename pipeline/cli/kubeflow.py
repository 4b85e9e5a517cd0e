"""`utkface kubeflow`: the pipeline on Kubeflow Pipelines 2, without the `tfx` command."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
import yaml

from pipeline.cli.commands import group
from pipeline.cli.engine_options import server_options
from pipeline.cli.kubeflow_options import settings_options
from pipeline.cli.kubeflow_run import run
from pipeline.cli.tables import print_table
from pipeline.engines.kubeflow.cluster.check import check_cluster
from pipeline.engines.kubeflow.cluster.demands import read_demands
from pipeline.engines.kubeflow.cluster.kube_context import connect_to_cluster
from pipeline.engines.kubeflow.compiling.packages import compiled_pipeline
from pipeline.settings.config import PipelineConfig

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient


@group()
def kubeflow() -> None:
    """Run the pipeline on a cluster with Kubeflow Pipelines 2."""


kubeflow.add_command(run)


@kubeflow.command()
@settings_options
@click.option("--namespace", default="kubeflow", show_default=True, help="Namespace of the steps.")
def check(config: PipelineConfig, namespace: str) -> None:
    """Check that the cluster of kubectl's context has what the steps need.

    Looks for secrets, volume claims, the service account, and for each step a node that is large
    enough. Exits with 1 if something is missing. Nothing is changed.
    """
    with compiled_pipeline(config) as package:
        spec, platform = yaml.safe_load_all(package.read_text(encoding="utf-8"))
    api, cluster = connect_to_cluster()
    account = config.kubeflow.service_account
    demands = read_demands(spec, platform)
    findings = check_cluster(demands, api, namespace, account)
    for finding in findings:
        click.echo(f"{'missing' if finding.missing else 'unknown'}  {finding.text}")
    missing = sum(finding.missing for finding in findings)
    if missing:
        raise click.ClickException(f"{cluster} lacks what a run needs: {missing} of the above")
    click.echo(f"{cluster} has what the {len(demands)} steps need")


@kubeflow.command()
@settings_options
@server_options
def create(config: PipelineConfig, connect: "Callable[[], KubeflowClient]") -> None:
    """Upload the pipeline as a new one."""
    client = connect()
    with compiled_pipeline(config) as package:
        pipeline = client.pipelines.create(config.pipeline_name, package)
    click.echo(f"{pipeline.name} created: {pipeline.link}")


@kubeflow.command()
@settings_options
@server_options
def update(config: PipelineConfig, connect: "Callable[[], KubeflowClient]") -> None:
    """Upload a new version of an existing pipeline."""
    client = connect()
    with compiled_pipeline(config) as package:
        pipeline = client.pipelines.update(config.pipeline_name, package)
    click.echo(f"{pipeline.name} updated: {pipeline.link}")


@kubeflow.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per pipeline.")
@server_options
def list_pipelines(as_json: bool, connect: "Callable[[], KubeflowClient]") -> None:
    """List the pipelines on the server."""
    pipelines = connect().pipelines.list()
    if as_json:
        click.echo(json.dumps([pipeline.to_dict() for pipeline in pipelines], indent=2))
    elif not pipelines:
        click.echo("no pipelines")
    else:
        print_table(
            ("pipeline", "id", "created"),
            [(item.name, item.pipeline_id, item.created_at) for item in pipelines],
        )


@kubeflow.command()
@click.argument("name")
@server_options
def delete(name: str, connect: "Callable[[], KubeflowClient]") -> None:
    """Delete the pipeline NAME with its versions, and its experiment once that is empty."""
    versions, warning = connect().pipelines.delete(name)
    if warning:
        click.echo(f"Warning: {warning}", err=True)
    click.echo(f"{name} deleted, with {versions} version{'' if versions == 1 else 's'}")
