"""A stand-in for the API of Kubernetes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import yaml


class FakeCluster(ThreadingHTTPServer):
    """Serves nodes, pods with logs, and other objects by path, as Kubernetes 1.31 does.

    Paths in `forbidden` are answered with status 403.
    """

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {"/version": VERSION}
        self.forbidden: set[str] = set()
        self.nodes: list[dict[str, Any]] = []
        self.pods: list[dict[str, Any]] = []
        self.logs: dict[str, str] = {}
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def add_node(
        self,
        name: str,
        labels: dict[str, str] | None = None,
        taints: list[dict[str, str]] | None = None,
        **allocatable: str,
    ) -> None:
        self.nodes.append(
            {
                "metadata": {"name": name, "labels": labels or {}},
                "spec": {"taints": taints or []},
                "status": {
                    "allocatable": {k.replace("__", "/"): v for k, v in allocatable.items()}
                },
            }
        )

    def add_pod(self, name: str, log: str | None, created: str, **metadata: Any) -> None:
        """Adds a pod; a pod without a log waits for its container."""
        self.pods.append(
            {
                "metadata": {"name": name, "creationTimestamp": created, **metadata},
                "status": {"phase": "Pending" if log is None else "Running"},
            }
        )
        if log is not None:
            self.logs[name] = log

    def kubeconfig(self, server: str = "") -> str:
        """Returns a kubeconfig for this cluster, or for the cluster at `server`."""
        url = server or f"http://127.0.0.1:{self.server_port}"
        context = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": url}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "here",
        }
        return yaml.safe_dump(context)

    def add(self, kind: str, name: str, **fields: Any) -> None:
        path = f"/api/v1/namespaces/kubeflow/{kind}/{name}"
        self.objects[path] = {"metadata": {"name": name}, **fields}


VERSION = {
    "major": "1",
    "minor": "31",
    "gitVersion": "v1.31.0",
    "gitCommit": "x",
    "gitTreeState": "clean",
    "buildDate": "x",
    "goVersion": "x",
    "compiler": "gc",
    "platform": "linux/amd64",
}


class _Handler(BaseHTTPRequestHandler):
    server: FakeCluster

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        path, asked = path.rstrip("/"), parse_qs(query)
        if path in self.server.forbidden:
            self._answer(403, {"reason": "Forbidden", "message": f"{path} is forbidden"})
        elif path == "/api/v1/nodes":
            self._answer(200, {"items": self.server.nodes})
        elif path == "/api/v1/namespaces/kubeflow/pods":
            key, _, value = asked["labelSelector"][0].partition("=")
            self._answer(
                200,
                {
                    "items": [
                        pod
                        for pod in self.server.pods
                        if pod["metadata"].get("labels", {}).get(key) == value
                    ]
                },
            )
        elif path.endswith("/pods"):
            self._answer(200, {"items": []})
        elif path.endswith("/log"):
            self._answer_log(path.split("/")[-2], asked.get("container", [""])[0])
        elif path in self.server.objects:
            self._answer(200, self.server.objects[path])
        else:
            self._answer(404, {"reason": "NotFound", "message": f"{path} not found"})

    def _answer_log(self, pod: str, container: str) -> None:
        """Answers as the kubelet does: the log of a waiting container is an error."""
        log = self.server.logs.get(pod)
        if log is None or container != "main":
            message = f'container "{container}" in pod "{pod}" is waiting to start: PodInitializing'
            self._answer(400, {"reason": "BadRequest", "message": message})
        else:
            self._send(200, "text/plain", log.encode())

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Keeps the requests out of the output of the test."""
