"""The experiments of Kubeflow Pipelines: each pipeline's runs are kept in one of its name."""

import json

from pipeline.engines.kubeflow.api.connection import Connection
from pipeline.engines.kubeflow.api.errors import KubeflowError

# The operation's number in the server's protocol, as kfp itself sends it.
_EQUALS = 1


class Experiments:
    """The experiments on a server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> str | None:
        """Returns the id of the experiment, or None where there is none.

        Raises:
          KubeflowError: if the server does not tell.
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
        """Returns the id of the experiment, which is created where it is missing.

        Raises:
          KubeflowError: if the server refuses.
        """
        with self._connection.calling(f"create the experiment {name!r}") as client:
            created = client.create_experiment(name, namespace=self._connection.namespace)
            return str(created.experiment_id)

    def remove_if_empty(self, name: str) -> str:
        """Deletes the experiment unless it holds something.

        The server would delete it either way. Runs would then belong to nothing, and
        schedules would go on where nobody finds them.

        Returns:
          Why it is kept; empty where it is gone.
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
    """Returns the server's filter for what has exactly this name."""
    predicate = {"operation": _EQUALS, "key": "display_name", "stringValue": name}
    return json.dumps({"predicates": [predicate]})
