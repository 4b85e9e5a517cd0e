"""The way to the API of Kubeflow Pipelines."""

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

# What the SDK and TFX's command line take for "one user, no namespaces".
SINGLE_USER = "kubeflow"

_PAGE_SIZE = 100


class Connection:
    """A kfp.Client that fails in words and is quiet.

    Attributes:
      kfp: the SDK's client.
      endpoint: the address of the API, for messages.
      namespace: the user's, where the cluster serves several; else None.
    """

    def __init__(self, client: BoundedClient, namespace: str | None) -> None:
        self.kfp = client
        self.endpoint = client.endpoint
        self.namespace = namespace

    @contextlib.contextmanager
    def calling(self, action: str) -> Iterator[kfp.Client]:
        """Lends the SDK's client for `action`; see `reporting` for what it raises."""
        # The SDK prints links; what is printed is the caller's business.
        with reporting(action, self.endpoint), contextlib.redirect_stdout(io.StringIO()):
            yield self.kfp

    def pages(self, action: str, method: str, items: str, **arguments: Any) -> list[Any]:
        """Returns `items` of all pages that a listing method of the SDK has.

        Raises:
          KubeflowError: if a page cannot be had.
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
    """Finds Kubeflow Pipelines and makes sure that it answers.

    Args:
      endpoint: its address; without one the SDK looks at KF_PIPELINES_ENDPOINT, then for
        the cluster it runs in, then at kubectl's settings.
      namespace: the user's, where the cluster serves several.
      iap_client_id: for an endpoint behind Google's Identity-Aware Proxy.

    Raises:
      KubeflowError: if it does not answer, or is something else.
    """
    address = endpoint or os.environ.get("KF_PIPELINES_ENDPOINT") or "the cluster"
    with (
        reporting("connect to Kubeflow Pipelines", address),
        warnings.catch_warnings(),
        # kfp may ask for a code here, so that its words are not thrown away.
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
