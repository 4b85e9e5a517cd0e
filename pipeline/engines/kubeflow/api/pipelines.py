"""Pipelines of Kubeflow Pipelines, and their versions."""

import secrets
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline.engines.kubeflow.api.connection import Connection
from pipeline.engines.kubeflow.api.errors import KubeflowError
from pipeline.engines.kubeflow.api.experiments import Experiments, named
from pipeline.engines.kubeflow.api.records import Pipeline, read_pipeline


class Pipelines:
    """The pipelines on a server."""

    def __init__(self, connection: Connection, experiments: Experiments) -> None:
        self._connection = connection
        self._experiments = experiments

    def create(self, name: str, package: Path) -> Pipeline:
        """Uploads a new pipeline, and creates the experiment for its runs.

        Args:
          name: the name of the pipeline.
          package: the specification, a .yaml file.

        Raises:
          KubeflowError: if the pipeline exists already, or the server refuses.
        """
        if existing := self.find(name):
            raise KubeflowError(
                f"The pipeline {name!r} exists already on {self._connection.endpoint} "
                f"({existing.pipeline_id}). Update it instead, or delete it first."
            )
        with self._connection.calling(f"create the pipeline {name!r}") as client:
            answer = client.upload_pipeline(
                str(package), pipeline_name=name, namespace=self._connection.namespace
            )
            pipeline = self._read(answer)
        self._experiments.ensure(name)
        return pipeline

    def update(self, name: str, package: Path) -> Pipeline:
        """Uploads a version of a pipeline, which its next runs use.

        Raises:
          KubeflowError: if the pipeline does not exist, or the server refuses.
        """
        pipeline = self.get(name)
        with self._connection.calling(f"update the pipeline {name!r}") as client:
            client.upload_pipeline_version(
                str(package), unique_name(name), pipeline_id=pipeline.pipeline_id
            )
        return pipeline

    def create_or_update(self, name: str, package: Path) -> Pipeline:
        """Uploads a pipeline, or a new version if the pipeline exists.

        Raises:
          KubeflowError: if the server refuses.
        """
        return self.update(name, package) if self.find(name) else self.create(name, package)

    def list(self) -> list[Pipeline]:
        """Returns all pipelines, from all pages.

        Raises:
          KubeflowError: if the server does not answer.
        """
        found = self._connection.pages(
            "list the pipelines",
            "list_pipelines",
            "pipelines",
            namespace=self._connection.namespace,
        )
        return [self._read(answer) for answer in found]

    def delete(self, name: str) -> tuple[int, str]:
        """Deletes a pipeline with its versions, and its experiment if it is empty.

        Returns:
          The number of deleted versions, and a warning; empty if everything is gone.

        Raises:
          KubeflowError: if the pipeline does not exist, or the server refuses.
        """
        pipeline_id = self.get(name).pipeline_id
        # The server refuses to delete a pipeline that has versions.
        versions = self._connection.pages(
            f"list the versions of {name!r}",
            "list_pipeline_versions",
            "pipeline_versions",
            pipeline_id=pipeline_id,
        )
        for version in versions:
            action = f"delete the version {version.display_name!r} of {name!r}"
            with self._connection.calling(action) as client:
                client.delete_pipeline_version(pipeline_id, version.pipeline_version_id)
        with self._connection.calling(f"delete the pipeline {name!r}") as client:
            client.delete_pipeline(pipeline_id)
        return len(versions), self._experiments.remove_if_empty(name)

    def find(self, name: str) -> Pipeline | None:
        """Returns the pipeline; None if it does not exist.

        Raises:
          KubeflowError: if the server does not answer.
        """
        found = self._connection.pages(
            f"look for the pipeline {name!r}",
            "list_pipelines",
            "pipelines",
            filter=named(name),
            namespace=self._connection.namespace,
        )
        return self._read(found[0]) if found else None

    def get(self, name: str) -> Pipeline:
        """Returns the pipeline.

        Raises:
          KubeflowError: if the pipeline does not exist, or the server does not answer.
        """
        pipeline = self.find(name)
        if pipeline is None:
            raise KubeflowError(
                f"There is no pipeline {name!r} on {self._connection.endpoint}. "
                "Create it first, or look at the list for its name."
            )
        return pipeline

    def newest_version(self, pipeline: Pipeline) -> tuple[str, dict[str, Any]]:
        """Returns the id and the specification of the version uploaded last.

        Raises:
          KubeflowError: if there is no version, or the server does not answer.
        """
        action = f"find the newest version of {pipeline.name!r}"
        with self._connection.calling(action) as client:
            page = client.list_pipeline_versions(
                pipeline.pipeline_id, page_size=1, sort_by="created_at desc"
            )
            if page.pipeline_versions:
                version_id = page.pipeline_versions[0].pipeline_version_id
                version = client.get_pipeline_version(pipeline.pipeline_id, version_id)
                return version_id, version.pipeline_spec or {}
        raise KubeflowError(
            f"The pipeline {pipeline.name!r} on {self._connection.endpoint} has no version. "
            "Update it first."
        )

    def _read(self, answer: Any) -> Pipeline:
        place = f"pipelines/details/{answer.pipeline_id}"
        return read_pipeline(answer, self._connection.link(place))


def unique_name(name: str) -> str:
    """Returns a unique name with a timestamp for a version or a run.

    All its characters are valid in the name of a Kubernetes object, because newer servers store
    a version as a Kubernetes object.
    """
    moment = datetime.now(timezone.utc)
    return f"{name}-{moment:%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
