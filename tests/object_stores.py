"""An S3 server on this machine for tests: moto's, which counts requests and can answer badly."""

import collections
import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

HOST = "127.0.0.1"
# Returns what is wrong with the answer to a request: None, "dropped", "truncated", or one of
# _ANSWERS.
Fault = Callable[["Request"], str | None]
_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_ANSWERS = {"503": ("503 Slow Down", b""), "403": ("403 Forbidden", _DENIED)}


class Request(collections.namedtuple("Request", ["method", "path", "query"])):
    """A request: its method, the path /BUCKET/KEY, and the query as a dict."""

    @property
    def lists(self) -> bool:
        return self.method == "GET" and "list-type" in self.query


class S3Server:
    """The server, which all requests reach through `__call__`.

    Attributes:
      url: the address.
      requests: the requests so far.
      fault: decides which requests fail.
    """

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self.requests: list[Request] = []
        self.fault: Fault = lambda request: None
        self.url = ""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that name the server to a client, and no other server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": HOST,
            "no_proxy": HOST,
        }

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        request = Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], query)
        self.requests.append(request)
        fault = self.fault(request)
        if fault in _ANSWERS:
            status, body = _ANSWERS[fault]
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start(status, [("Content-Length", str(len(body)))])
            return [body]
        if fault == "dropped":
            start("200 OK", [])
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return [b""]
        answer = self._moto(environ, start)
        return _truncate(answer, environ["werkzeug.socket"]) if fault == "truncated" else answer


def _truncate(answer: Any, connection: socket.socket) -> Iterator[bytes]:
    content = b"".join(answer)
    yield content[: len(content) // 2]
    connection.shutdown(socket.SHUT_RDWR)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    """Serves S3 until the end of the block."""
    server = S3Server()
    http = make_server(HOST, 0, server, threaded=True, request_handler=_Quiet)
    server.url = f"http://{HOST}:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@contextlib.contextmanager
def client_of(server: S3Server) -> Iterator[None]:
    """Makes this process use the server: the AWS variables name it, and s3fs forgets others."""
    import s3fs

    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in server.environment.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        yield
        s3fs.S3FileSystem.clear_instance_cache()


@contextlib.contextmanager
def registered() -> Iterator[None]:
    """Registers the object stores with TFX until the end of the block."""
    from tfx.dsl.io import fileio, filesystem_registry

    from components.storage import object_store

    registry = filesystem_registry.DEFAULT_FILESYSTEM_REGISTRY
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_preferred_filesystem_by_scheme", "_filesystem_priority"):
            patch.setattr(registry, name, dict(getattr(registry, name)))
        patch.setattr(fileio, "copy", fileio.copy)
        object_store.register()
        yield
