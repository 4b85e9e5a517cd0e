"""The client of Kubeflow Pipelines for the commands `tfx` and `utkface`."""

from pipeline.engines.kubeflow.api.connection import connect
from pipeline.engines.kubeflow.api.experiments import Experiments
from pipeline.engines.kubeflow.api.pipelines import Pipelines
from pipeline.engines.kubeflow.api.recurring_runs import RecurringRuns
from pipeline.engines.kubeflow.api.runs import Runs


class KubeflowClient:
    """A server of Kubeflow Pipelines that answers.

    Args:
      endpoint: the address of the server; by default the SDK finds it, see `connect`.
      namespace: the user's namespace on a multi-user cluster.
      iap_client_id: for an endpoint behind Google's Identity-Aware Proxy.

    Attributes:
      pipelines: the pipelines on the server.
      runs: the runs on the server.
      recurring_runs: the recurring runs on the server.

    Raises:
      KubeflowError: if the server does not answer, or is not Kubeflow Pipelines.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        namespace: str | None = None,
        iap_client_id: str | None = None,
    ) -> None:
        connection = connect(endpoint, namespace, iap_client_id)
        experiments = Experiments(connection)
        self.pipelines = Pipelines(connection, experiments)
        self.runs = Runs(connection, self.pipelines, experiments)
        self.recurring_runs = RecurringRuns(connection, self.pipelines, experiments)
