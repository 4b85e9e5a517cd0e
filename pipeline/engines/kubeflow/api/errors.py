"""Errors of the connection to Kubeflow Pipelines, with messages for the user."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import urllib3.exceptions as http

from components.errors import OperationError
from components.storage.credentials import without_passwords

_LONGEST_MESSAGE = 300
_NAME_ANOTHER = "Name another address with --endpoint or KF_PIPELINES_ENDPOINT."
_SEE_LOG = "The log of the deployment ml-pipeline may say more."
_ADVICE: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Log in: see kubeflow/README.md on how a client shows who it is.",
    HTTPStatus.FORBIDDEN: "Ask whoever runs the cluster for the right, or name your --namespace.",
    HTTPStatus.NOT_FOUND: f"It may not be the API of Kubeflow Pipelines 2. {_NAME_ANOTHER}",
}


class KubeflowError(OperationError):
    """Kubeflow Pipelines did not do what was requested; the message is for the user."""


@contextmanager
def reporting(action: str, endpoint: str) -> Iterator[None]:
    """Turns any error inside into a KubeflowError.

    Args:
      action: the attempted action, e.g. "list the pipelines".
      endpoint: the address of the server.

    Raises:
      KubeflowError: with the action, the address, the problem and the advice.
    """
    try:
        yield
    except KubeflowError:
        raise
    # The SDK passes on the errors of its layers: urllib3, json, google.auth, kubernetes.
    except Exception as error:
        found, advice = explain_failure(error)
        message = f"Could not {action} on {without_passwords(endpoint)}: {found}. {advice}"
        raise KubeflowError(message.rstrip()) from error


def is_not_found(error: BaseException | None) -> bool:
    """Returns whether the server answered that the object does not exist."""
    return getattr(error, "status", None) == HTTPStatus.NOT_FOUND


def explain_failure(error: Exception) -> tuple[str, str]:
    """Returns the problem and the advice."""
    status = getattr(error, "status", None)
    if isinstance(status, int) and status:
        advice = _ADVICE.get(status, _SEE_LOG if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "")
        message = _server_message(getattr(error, "body", None)) or getattr(error, "reason", "")
        return f"HTTP {status}: {message}".rstrip(": ."), advice
    if isinstance(error, http.MaxRetryError) and error.reason:
        error = error.reason
    if isinstance(error, http.SSLError):
        return f"TLS failed, {_one_line(str(error))}", _NAME_ANOTHER
    if isinstance(error, http.NewConnectionError):
        return f"nothing answers there ({_root_cause(error)})", _NAME_ANOTHER
    if isinstance(error, http.TimeoutError | TimeoutError):
        return "it did not answer in time", "Try again, or look at what lies between."
    if isinstance(error, http.ProtocolError):
        return "the connection was dropped before an answer came", "Try again."
    return f"{type(error).__name__}, {_one_line(str(error))}".rstrip(", ."), ""


def _root_cause(error: BaseException) -> str:
    """Returns the message of the operating system, e.g. "Connection refused"."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return _one_line(cause.strerror)
        cause = cause.__cause__ or cause.__context__
    return _one_line(str(error))


def _server_message(body: Any) -> str:
    """Returns the server's own message; its API and its upload handler use different keys."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        # The HTML page of a proxy is useless on a terminal.
        return "" if text.lstrip().startswith("<") else _one_line(text)
    if isinstance(answer, dict):
        for key in ("message", "error_message", "error"):
            if isinstance(answer.get(key), str) and answer[key].strip():
                return _one_line(answer[key])
    return ""


def _one_line(text: str) -> str:
    """Returns text as one short line without control characters."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(printable.split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]} [...]"
