"""Runs pytest in forks of a process that has imported TensorFlow, TFX and Beam once.

Usage:
  forked_pytest.py serve SOCKET: imports them and waits.
  forked_pytest.py ARGUMENTS...: runs pytest with the arguments, in a fork of the process that waits
    at the socket named by the variable FORKED_PYTEST_SOCKET, and exits as pytest does.
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from pathlib import Path

SOCKET_VARIABLE = "FORKED_PYTEST_SOCKET"
# Without what takes longer in a process with thousands of modules than a mutant's tests.
_OPTIONS = (
    *("-q", "-x", "--assert=plain", "--tb=native", "--durations=0", "--hypothesis-seed=0"),
    *("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:threadexception"),
)
# No module of this project: each fork imports those itself, changed or not.
_PRELOADED = (
    "tfx.v1",
    "tensorflow_data_validation",
    "tensorflow_model_analysis",
    "tensorflow_transform",
    "apache_beam",
    "hypothesis",
    "httpx",
    "jinja2",
    "matplotlib.pyplot",
    "pandas",
    "PIL.Image",
    "pydantic",
    "pytest",
    "tenacity",
    "yaml",
)


def serve(path: str) -> None:
    """Runs one pytest after the other, until the process is killed."""
    # A file that changes twice a second, without changing its size, would leave a stale .pyc file.
    sys.dont_write_bytecode = True
    for name in _PRELOADED:
        importlib.import_module(name)
    # Forks neither search nor copy what is there.
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            client, _ = listener.accept()
            with client:
                _run(client)


def _run(client: socket.socket) -> None:
    request, descriptors, _, _ = socket.recv_fds(client, 1 << 20, 2)
    child = os.fork()
    if child == 0:
        _run_pytest(descriptors, **json.loads(request))
    for descriptor in descriptors:
        os.close(descriptor)
    ended = os.pidfd_open(child)
    # The client never writes again: it is readable once it has been killed for lack of time.
    readable, _, _ = select.select([client, ended], [], [])
    os.close(ended)
    if client in readable:
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if client not in readable:
        client.send(bytes([code if code >= 0 else 128 - code]))


def _run_pytest(descriptors: list[int], folder: str, arguments: list[str]) -> None:
    os.setsid()
    code = 3
    try:
        for target, descriptor in enumerate(descriptors, 1):
            os.dup2(descriptor, target)
        os.chdir(folder)
        sys.path.insert(0, folder)
        import pytest

        code = int(pytest.main(arguments))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(arguments: list[str]) -> int:
    """Returns the exit code of pytest; its output goes to this process's output."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(os.environ[SOCKET_VARIABLE])
        request = json.dumps(
            {"folder": str(Path.cwd()), "arguments": [*_OPTIONS, *arguments]}
        ).encode()
        socket.send_fds(server, [request], [1, 2])
        return server.recv(1)[0]


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(run(sys.argv[1:]))
