"""The SDK's client with a timeout on every call."""

import json
from collections.abc import Callable
from typing import Any

import kfp
import kfp_server_api
import urllib3

from pipeline.engines.kubeflow.api.errors import KubeflowError, reporting

# Seconds to connect, and seconds to wait for an answer.
TIMEOUT = (5.0, 30.0)
HEALTH_TIMEOUT = (5.0, 5.0)


class BoundedClient(kfp.Client):
    """kfp.Client with timeouts: the SDK sets no timeouts and passes none on.

    urllib3 reads the resulting None as "wait forever", so even a default timeout of the sockets
    would not help.
    """

    _health: Any = None

    @property
    def endpoint(self) -> str:
        return str(self._healthz_api.api_client.configuration.host)

    def get_kfp_healthz(self, sleep_duration: int = 5) -> Any:
        """Checks the server's health once; kfp tries five times, with pauses."""
        if self._health is None:
            api_client = self._healthz_api.api_client
            _bound(api_client.rest_client, self.endpoint)
            with reporting("reach Kubeflow Pipelines", self.endpoint):
                answer = api_client.call_api(
                    "/apis/v2beta1/healthz",
                    "GET",
                    header_params={"Accept": "application/json"},
                    response_type="object",
                    auth_settings=["Bearer"],
                    _return_http_data_only=True,
                    _request_timeout=HEALTH_TIMEOUT,
                )
            self._health = kfp_server_api.V2beta1GetHealthzResponse(
                multi_user=answer.get("multi_user")
            )
        return self._health


def _bound(rest_client: Any, endpoint: str) -> None:
    """Makes every request time out, not retry, and fail unless the answer is JSON."""
    request: Callable[..., Any] = rest_client.request

    def bounded(*args: Any, **kwargs: Any) -> Any:
        kwargs["_request_timeout"] = kwargs.get("_request_timeout") or TIMEOUT
        response = request(*args, **kwargs)
        # The SDK would turn a login page into an empty list.
        if not _is_answer(response.data):
            raise KubeflowError(
                f"Expected Kubeflow Pipelines on {endpoint}, found a page of something else, such "
                "as a login. Name the address of its API with --endpoint or KF_PIPELINES_ENDPOINT, "
                "or log in: see kubeflow/README.md."
            )
        return response

    rest_client.request = bounded
    rest_client.pool_manager.connection_pool_kw["retries"] = urllib3.Retry(
        total=None,
        connect=0,
        read=0,
        status=0,
        other=0,
        redirect=3,
        respect_retry_after_header=False,
    )


def _is_answer(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False
