"""Connects to the API of Kubeflow Pipelines."""

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import kfp

from pipeline.compat.kfp_internals import user_interface
from pipeline.engines.kubeflow.api.bounded_client import BoundedClient
from pipeline.engines.kubeflow.api.errors import reporting

# The namespace that means "single user" to the SDK and to TFX's command line.
SINGLE_USER = "kubeflow"

_PAGE_SIZE = 100


class Connection:
    """A kfp.Client with readable errors and no output.

    Attributes:
      kfp: the SDK's client.
      endpoint: the address of the API, for messages.
      namespace: the user's namespace on a multi-user cluster; otherwise None.
    """

    def __init__(self, client: BoundedClient, namespace: str | None) -> None:
        self.kfp = client
        self.endpoint = client.endpoint
        self.namespace = namespace

    @contextlib.contextmanager
    def calling(self, action: str) -> Iterator[kfp.Client]:
        """Yields the SDK's client for `action`; see `reporting` for the errors."""
        # The SDK prints links; output is up to the caller.
        with reporting(action, self.endpoint), contextlib.redirect_stdout(io.StringIO()):
            yield self.kfp

    def pages(self, action: str, method: str, items: str, **arguments: Any) -> list[Any]:
        """Returns `items` from all pages of a listing method of the SDK.

        Raises:
          KubeflowError: if a page cannot be fetched.
        """
        found: list[Any] = []
        token = ""
        while True:
            with self.calling(action) as client:
                page = getattr(client, method)(page_token=token, page_size=_PAGE_SIZE, **arguments)
                found += getattr(page, items) or []
                token = page.next_page_token or ""
            if not token:
                return found

    def link(self, place: str) -> str:
        """Returns the address of a page of the user interface."""
        return f"{user_interface(self.kfp)}/#/{place}"


def connect(
    endpoint: str | None = None, namespace: str | None = None, iap_client_id: str | None = None
) -> Connection:
    """Finds Kubeflow Pipelines and checks that it answers.

    Args:
      endpoint: the address of the server; by default the SDK tries KF_PIPELINES_ENDPOINT, then
        the cluster it runs in, then kubectl's settings.
      namespace: the user's namespace on a multi-user cluster.
      iap_client_id: for an endpoint behind Google's Identity-Aware Proxy.

    Raises:
      KubeflowError: if the server does not answer, or is not Kubeflow Pipelines.
    """
    address = endpoint or os.environ.get("KF_PIPELINES_ENDPOINT") or "the cluster"
    with (
        reporting("connect to Kubeflow Pipelines", address),
        warnings.catch_warnings(),
        # kfp may ask for a code here, so its output stays visible.
        contextlib.redirect_stdout(sys.stderr),
    ):
        warnings.simplefilter("ignore")
        client = BoundedClient(
            host=endpoint or None,
            client_id=iap_client_id or None,
            namespace=namespace or SINGLE_USER,
        )
        client.get_kfp_healthz()
    return Connection(client, None if namespace in (None, "", SINGLE_USER) else namespace)
