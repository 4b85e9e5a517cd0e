"""Connections to the server, and the errors when it cannot be reached."""

import socket
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.engines.kubeflow.api import bounded_client
from pipeline.engines.kubeflow.api.client import KubeflowClient
from pipeline.engines.kubeflow.api.connection import connect
from pipeline.engines.kubeflow.api.errors import KubeflowError, reporting


@pytest.fixture
def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that accepts connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_client, "TIMEOUT", (0.5, 0.5))
    monkeypatch.setattr(bounded_client, "HEALTH_TIMEOUT", (0.5, 0.5))


def message_of(action: Any, *arguments: Any) -> str:
    with pytest.raises(KubeflowError) as caught:
        action(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_connecting_checks_health_once_and_prints_nothing(server, capfd) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        assert connect(server.url).endpoint == server.url
    assert [str(call) for call in server.calls] == ["GET /healthz"]
    assert capfd.readouterr() == ("", "")


def test_the_endpoint_can_come_from_the_sdk_variable(server, monkeypatch) -> None:
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", server.url)
    for endpoint in (None, ""):
        assert connect(endpoint).endpoint == server.url


def test_a_token_stored_by_the_sdk_is_sent_with_every_call(server, own_home) -> None:
    (own_home / "context.json").write_text(
        '{"namespace": "", "client_authentication_header_name": "X-Token",'
        ' "client_authentication_header_value": "secret"}'
    )
    KubeflowClient(server.url).pipelines.list()
    assert [call.headers["X-Token"] for call in server.calls] == ["secret", "secret"]


def test_a_refused_connection_is_reported_at_once(closed_port) -> None:
    begin = time.monotonic()
    assert message_of(connect, closed_port) == (
        f"Could not reach Kubeflow Pipelines on {closed_port}: nothing answers there (Connection "
        "refused). Name another address with --endpoint or KF_PIPELINES_ENDPOINT."
    )
    assert time.monotonic() - begin < 3


def test_an_unknown_host_is_reported() -> None:
    message = message_of(connect, "http://no-such-host.invalid")
    assert message.startswith(
        "Could not reach Kubeflow Pipelines on http://no-such-host.invalid: nothing answers there ("
    )
    assert "--endpoint" in message


def test_an_endpoint_without_tls_is_reported(server) -> None:
    secure = server.url.replace("http:", "https:")
    # Without a scheme, the SDK uses https.
    for endpoint in (secure, secure.removeprefix("https://")):
        message = message_of(connect, endpoint)
        assert message.startswith(f"Could not reach Kubeflow Pipelines on {secure}: TLS failed, ")
        assert message.endswith("Name another address with --endpoint or KF_PIPELINES_ENDPOINT.")
    assert server.calls == []


@pytest.mark.parametrize("endpoint", ["http://[", "http://a b", "ftp://x", "http://x:99999"])
def test_an_invalid_endpoint_is_reported(endpoint) -> None:
    assert message_of(connect, endpoint).startswith("Could not ")


@pytest.mark.usefixtures("impatient")
def test_a_server_that_never_answers_times_out_after_one_try(silent) -> None:
    begin = time.monotonic()
    assert message_of(connect, silent) == (
        f"Could not reach Kubeflow Pipelines on {silent}: it did not answer in time. "
        "Try again, or look at what lies between."
    )
    # The SDK alone would wait forever; urllib3 alone would try four times.
    assert time.monotonic() - begin < 1.5


@pytest.mark.usefixtures("impatient")
def test_later_calls_also_have_a_time_limit(server, client) -> None:
    server.fail("GET /pipelines", delay=2)
    begin = time.monotonic()
    assert message_of(client.pipelines.list) == (
        f"Could not list the pipelines on {server.url}: it did not answer in time. "
        "Try again, or look at what lies between."
    )
    assert time.monotonic() - begin < 1.5
    assert len(server.seen()) == 1


def test_a_dropped_connection_is_reported_and_not_retried(server, client) -> None:
    server.fail("GET /pipelines", drop=True)
    assert message_of(client.pipelines.list) == (
        f"Could not list the pipelines on {server.url}: the connection was dropped before an "
        "answer came. Try again."
    )
    assert len(server.seen()) == 1


@pytest.mark.parametrize(
    "body",
    [b"<html><title>Log in</title></html>", b"[]", b'"words"', b"\xff\xfe", b"null", b"{", b""],
)
def test_a_response_from_another_service_is_reported(server, client, body) -> None:
    server.fail("/healthz|/pipelines", status=200, body=body)
    expected = f"Expected Kubeflow Pipelines on {server.url}, found a page of something else"
    for message in (message_of(connect, server.url), message_of(client.pipelines.list)):
        assert message.startswith(expected)
        assert "--endpoint" in message and "log in" in message


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (400, b'{"code": 3, "message": "bad filter", "error": "other"}', "HTTP 400: bad filter."),
        (400, b'{"error_message": "no spec", "error_details": "x"}', "HTTP 400: no spec."),
        (400, b'{"error": "only this"}', "HTTP 400: only this."),
        (400, b"plain words\n", "HTTP 400: plain words."),
        (400, b'{"message": "two\\nlines\\u001b[31m"}', "HTTP 400: two lines [31m."),
        (400, b"[" * 100_000, f"HTTP 400: {'[' * 300} [...]."),
        (401, b"", "HTTP 401: Unauthorized. Log in"),
        (403, b'{"message": "no"}', "HTTP 403: no. Ask whoever runs the cluster"),
        (404, b"<html>Cannot GET</html>", "HTTP 404: Not Found. It may not be the API of"),
        (500, b'{"message": " "}', "HTTP 500: Internal Server Error. The log of the deployment"),
        (503, b'{"message": 5}', "HTTP 503: Service Unavailable. The log of the deployment"),
        (503, b"[1]", "HTTP 503: Service Unavailable. The log of the deployment"),
    ],
    ids=range(12),
)
def test_the_error_message_of_the_server_is_reported_on_one_line(
    server, client, status, body, found
) -> None:
    server.fail("GET /pipelines", status=status, body=body)
    message = message_of(client.pipelines.list)
    assert message.startswith(f"Could not list the pipelines on {server.url}: {found}")
    assert len(server.seen()) == 1


def test_a_response_with_unexpected_fields_is_reported(server, client) -> None:
    server.fail("GET /pipelines", status=200, body=b'{"pipelines": 3}')
    assert message_of(client.pipelines.list).startswith(
        f"Could not list the pipelines on {server.url}: TypeError, "
    )


def test_every_call_names_the_namespace_on_a_multi_user_server(server, package) -> None:
    server.api.multi_user = True
    client = KubeflowClient(server.url, "team-a")
    created = client.pipelines.create("faces", package())
    run = client.runs.create("faces", {})
    assert [one.pipeline_id for one in client.pipelines.list()] == [created.pipeline_id]
    assert [one.run_id for one in client.runs.list("faces")] == [run.run_id]
    named = [call.query.get("namespace") for call in server.seen("GET /(pipelines|experiments)$")]
    assert set(named) == {"team-a"}
    (upload,) = server.seen("POST /pipelines/upload")
    (experiment,) = server.seen("POST /experiments")
    assert upload.query["namespace"] == experiment.body["namespace"] == "team-a"
    assert KubeflowClient(server.url, "team-b").pipelines.list() == []


@pytest.mark.parametrize("namespace", [None, "", "kubeflow"])
def test_the_default_namespace_of_tfx_means_a_single_user(server, client, namespace) -> None:
    KubeflowClient(server.url, namespace).pipelines.list()
    (call,) = server.seen()
    assert "namespace" not in call.query


def test_a_kubeflow_error_is_passed_on_unchanged() -> None:
    with pytest.raises(KubeflowError, match=r"^mine$"), reporting("try", "here"):
        raise KubeflowError("mine")


def test_any_other_error_is_reported_with_the_failed_action() -> None:
    error = "Could not try on here: ValueError, odd text"
    with pytest.raises(KubeflowError, match=error), reporting("try", "here"):
        raise ValueError("odd\ntext")
