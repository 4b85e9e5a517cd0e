"""What this project asks of Kubeflow Pipelines, for the `tfx` and the `utkface` command."""

from pipeline.engines.kubeflow.api.connection import connect
from pipeline.engines.kubeflow.api.experiments import Experiments
from pipeline.engines.kubeflow.api.pipelines import Pipelines
from pipeline.engines.kubeflow.api.recurring_runs import RecurringRuns
from pipeline.engines.kubeflow.api.runs import Runs


class KubeflowClient:
    """A server of Kubeflow Pipelines that answers.

    Args:
      endpoint: its address; without one the SDK looks for it, see `connect`.
      namespace: the user's, where the cluster serves several.
      iap_client_id: for an endpoint behind Google's Identity-Aware Proxy.

    Attributes:
      pipelines: its pipelines.
      runs: their runs.
      recurring_runs: what starts them by the clock.

    Raises:
      KubeflowError: if it does not answer, or is something else.
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
