"""A stand-in for the API server of Kubeflow Pipelines 2, over real HTTP.

It serves the calls that this project makes, with the paths, fields and errors of
backend/src/apiserver of kubeflow/pipelines. It records each call and can be set to fail.
Its Api answers the calls about pipelines, runs and schedules.
"""

import email.parser
import email.policy
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol


class Api(Protocol):
    """Answers a call with a status and a JSON body."""

    def answer(self, call: "Call") -> tuple[int, dict[str, Any]]: ...


@dataclass(frozen=True)
class Call:
    """A request that the server received.

    Attributes:
      method: GET, POST or DELETE.
      path: unquoted, without the query and /apis/v2beta1.
      query: parameters of the query.
      headers: headers of the request.
      body: parsed JSON, or the text of an uploaded file.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Fault:
    """A failure of the calls whose "METHOD path" matches `pattern`.

    Attributes:
      status: HTTP status of the answer.
      body: replaces the body of the real answer.
      delay: seconds before the answer.
      drop: closes the connection without an answer.
      times: number of calls that fail; unlimited by default.
    """

    pattern: str
    status: int = 500
    body: bytes = b'{"code": 13, "message": "planted", "details": []}'
    delay: float = 0
    drop: bool = False
    times: float = field(default=float("inf"))


class StandIn:
    """A server on a free port of this machine.

    Attributes:
      url: address of the server.
      api: answers the calls.
      calls: all requests, in the order received.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self.calls: list[Call] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def fail(self, pattern: str, **fault: Any) -> None:
        """Makes later calls that match the pattern fail; see Fault."""
        self._faults.append(Fault(pattern, **fault))

    def seen(self, pattern: str = "") -> list[Call]:
        """Returns the calls whose "METHOD path" matches the pattern, without health checks."""
        return [
            call for call in self.calls if call.path != "/healthz" and re.search(pattern, str(call))
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, call: Call) -> tuple[Fault | None, int, bytes]:
        """Returns the fault to apply, if any, and the answer."""
        with self._lock:
            self.calls.append(call)
            for fault in self._faults:
                if fault.times > 0 and re.search(fault.pattern, str(call)):
                    fault.times -= 1
                    return fault, fault.status, fault.body
            status, answer = self.api.answer(call)
            return None, status, json.dumps(answer).encode()


class _Handler(BaseHTTPRequestHandler):
    """Serves HTTP for a StandIn."""

    stand_in: StandIn
    protocol_version = "HTTP/1.1"
    # Head and body share a packet: two packets would delay each call by 40 ms.
    wbufsize = -1

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        """Keeps the requests out of the output of the test."""

    def _serve(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(
            method=self.command,
            path=urllib.parse.unquote(address.path.removeprefix("/apis/v2beta1")),
            query=dict(urllib.parse.parse_qsl(address.query)),
            headers=dict(self.headers),
            body=self._read(content),
        )
        fault, status, answer = self.stand_in.take(call)
        if fault and fault.delay:
            time.sleep(fault.delay)
        if fault and fault.drop:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _read(self, content: bytes) -> Any:
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/"):
            return json.loads(content) if content else None
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        parser = email.parser.BytesParser(policy=email.policy.HTTP)
        for part in parser.parsebytes(head + content).iter_parts():
            if part.get_param("name", header="content-disposition") == "uploadfile":
                return part.get_payload(decode=True).decode()
        return None
