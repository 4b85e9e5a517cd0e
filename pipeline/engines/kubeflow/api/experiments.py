"""Experiments of Kubeflow Pipelines; each holds the runs of the pipeline of the same name."""

import json

from pipeline.engines.kubeflow.api.connection import Connection
from pipeline.engines.kubeflow.api.errors import KubeflowError

# The number of the operation in the server's protocol, as kfp sends it.
_EQUALS = 1


class Experiments:
    """The experiments on a server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> str | None:
        """Returns the id of the experiment; None if it does not exist.

        Raises:
          KubeflowError: if the server does not answer.
        """
        found = self._connection.pages(
            f"look for the experiment {name!r}",
            "list_experiments",
            "experiments",
            filter=named(name),
            namespace=self._connection.namespace,
        )
        return found[0].experiment_id if found else None

    def ensure(self, name: str) -> str:
        """Returns the id of the experiment, and creates the experiment if necessary.

        Raises:
          KubeflowError: if the server refuses.
        """
        with self._connection.calling(f"create the experiment {name!r}") as client:
            created = client.create_experiment(name, namespace=self._connection.namespace)
            return str(created.experiment_id)

    def remove_if_empty(self, name: str) -> str:
        """Deletes the experiment unless it contains runs or recurring runs.

        The server would delete it anyway. Its runs would then belong to no experiment, and its
        recurring runs would continue out of sight.

        Returns:
          Why the experiment is kept; empty if it is gone.
        """
        try:
            experiment_id = self.find(name)
            if experiment_id is None:
                return ""
            for method, items, what in (
                ("list_runs", "runs", "runs"),
                ("list_recurring_runs", "recurring_runs", "recurring runs, which go on"),
            ):
                with self._connection.calling(f"look into the experiment {name!r}") as client:
                    page = getattr(client, method)(page_size=1, experiment_id=experiment_id)
                    held = getattr(page, items)
                if held:
                    return f"The experiment {name!r} is kept: it holds {what}. Delete them first."
            with self._connection.calling(f"delete the experiment {name!r}") as client:
                client.delete_experiment(experiment_id)
        except KubeflowError as error:
            return f"The experiment {name!r} is kept. {error}"
        return ""


def named(name: str) -> str:
    """Returns the server's filter for an exact name."""
    predicate = {"operation": _EQUALS, "key": "display_name", "stringValue": name}
    return json.dumps({"predicates": [predicate]})
