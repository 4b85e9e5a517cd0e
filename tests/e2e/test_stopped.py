"""A run stopped by Ctrl-C or SIGTERM is reported as stopped wherever the outcome is recorded."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.root.metadata_store import open_store
from tests.lanes import only_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def notified():
    """A webhook server: its URL and the summaries that it receives."""
    got: list[dict] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", got
        server.shutdown()
        thread.join()


def states_of(root: Path) -> set[int]:
    return {one.last_known_state for one in open_store(root).store.get_executions()}


@pytest.mark.parametrize(
    ("after", "number", "code", "name"),
    [
        pytest.param(
            *("done DistributionPlots", signal.SIGINT, 130, "Ctrl-C"),
            id="in a Beam step",
            marks=only_in("current", "a run that is stopped in a Beam step is tested"),
        ),
        pytest.param(
            *("epoch 1/", signal.SIGTERM, 143, "SIGTERM"),
            id="in the training",
            marks=only_in("legacy", "a training that is stopped is tested"),
        ),
    ],
)
def test_a_stopped_run_is_reported_notified_and_cleaned_up(
    faces, tmp_path, notified, after, number, code, name
):
    url, got = notified
    root = tmp_path / "root"
    arguments = (
        *("run", "--data", str(faces), "--root", str(root), "--set", f"notify.webhook={url}"),
        *("--set", "trainer.architecture=shared", "--set", "trainer.epochs=50"),
        *("--set", "gate.train_cells={warn: 0, stop: 0}"),
    )
    with subprocess.Popen(
        [str(Path(sys.executable).parent / "utkface"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert any(after in line for line in process.stdout), process.stderr.read()
        while mlmd.Execution.RUNNING not in states_of(root):
            time.sleep(0.2)
        process.send_signal(number)
        process.stdout.read()
        errors = process.stderr.read()
    assert process.returncode == code, errors
    message = (
        f"Stopped by {name}. Run the same command again to continue; finished steps are reused, "
        "and a training resumes after its last complete epoch."
    )
    assert errors == f"{message}\n"
    (summary,) = got
    assert (summary["outcome"], summary["exit_code"]) == ("stopped", code)
    assert summary["message"] == message and summary["run"] is not None
    # TFX records a stop as a failure if Beam turns it into an error.
    ended = states_of(root) - {mlmd.Execution.COMPLETE}
    assert ended in ({mlmd.Execution.CANCELED}, {mlmd.Execution.FAILED})
    # The lock is released and no temporary file is left.
    assert not (root / ".lock.json").exists()
    assert not list(root.glob("runs/*/tmp"))
