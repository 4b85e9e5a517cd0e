"""A webhook receives the outcome of a run, and an unreachable webhook fails no run."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

import pytest

from pipeline.console.exit_codes import ExitCode
from pipeline.engines.local.launch import launch
from pipeline.notify.webhook import send
from pipeline.operations.retraining import retrain
from pipeline.settings.config import load_config
from pipeline.settings.notify import NotifySettings


class Receiver(HTTPServer):
    """Records each summary and answers with the given statuses in order, then with 200."""

    def __init__(self):
        self.got: list[dict] = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/hook/secret-token"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(json.loads(body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def settings(receiver: Receiver, **changes: object) -> NotifySettings:
    return NotifySettings.model_validate({"webhook": receiver.url, **changes})


def test_a_summary_is_sent_unchanged(receiver):
    assert send(settings(receiver), {"outcome": "pushed", "span": 3}) == ""
    assert receiver.got == [{"outcome": "pushed", "span": 3}]


def test_nothing_is_sent_without_a_webhook():
    assert send(NotifySettings(), {}) == ""


def test_a_failing_webhook_is_retried_at_growing_intervals(receiver):
    receiver.statuses = [503, 429, 500]
    waited: list[float] = []
    assert send(settings(receiver), {"a": 1}, sleep=waited.append) == ""
    assert receiver.got == [{"a": 1}] * 4
    assert waited == [1, 2, 4]


def test_the_error_after_the_last_attempt_hides_the_secret(receiver):
    receiver.statuses = [503] * 9
    told = send(settings(receiver, attempts=3), {}, sleep=lambda _: None)
    assert told == (
        "the webhook at 127.0.0.1 did not receive the summary: it answered 503 Service Unavailable"
    )
    assert len(receiver.got) == 3


def test_a_404_answer_is_not_retried(receiver):
    receiver.statuses = [404] * 9
    told = send(settings(receiver), {}, sleep=lambda _: None)
    assert "it answered 404 Not Found" in told and "secret" not in told
    assert len(receiver.got) == 1


def test_an_unreachable_webhook_is_reported_by_the_kind_of_error():
    gone = NotifySettings(webhook="http://127.0.0.1:9/secret")
    told = send(gone, {}, sleep=lambda _: None)
    assert told == "the webhook at 127.0.0.1 did not receive the summary: ConnectError"


@pytest.mark.parametrize("url", ["hooks.example.com/x", "ftp://example.com/x", "https://", ""])
def test_an_invalid_url_is_refused(url):
    with pytest.raises(ValueError, match="expected a URL that begins with https://"):
        NotifySettings(webhook=url)


def test_no_copy_of_the_settings_shows_the_url(receiver, tmp_path):
    config = load_config(data=str(tmp_path), notify={"webhook": receiver.url})
    assert "secret-token" not in config.to_yaml() + repr(config)


def test_a_run_that_fails_before_its_start_is_reported(receiver, tmp_path, capsys):
    config = load_config(
        data=f"{tmp_path}/nothing", root=f"{tmp_path}/root", notify={"webhook": receiver.url}
    )
    assert launch(config) is ExitCode.BAD_INPUT
    (summary,) = receiver.got
    assert summary["outcome"] == "failed" and summary["exit_code"] == 2
    assert summary["run"] is None and summary["metrics"] == {}
    assert summary["text"].startswith("utkface: failed. Error: data: expected a folder")
    assert summary["message"] in capsys.readouterr().err


def test_a_failing_webhook_changes_no_exit_code(receiver, tmp_path, capsys):
    receiver.statuses = [404]
    config = load_config(data=f"{tmp_path}/nothing", notify={"webhook": receiver.url})
    assert launch(config) is ExitCode.BAD_INPUT
    problem = "the webhook at 127.0.0.1 did not receive the summary: it answered 404"
    assert problem in capsys.readouterr().err


def test_a_retraining_on_missing_data_is_reported_once(receiver, tmp_path, capsys):
    settings = {"root": f"{tmp_path}/root", "notify": {"webhook": receiver.url}}
    config = load_config(data=f"{tmp_path}/gone/{{SPAN}}", **settings)
    assert retrain(config) is ExitCode.BAD_INPUT
    (summary,) = receiver.got
    assert (summary["outcome"], summary["exit_code"], summary["run"]) == ("failed", 2, None)
    assert summary["message"] in capsys.readouterr().err and "/gone/" in summary["message"]


def test_a_retraining_without_new_data_sends_nothing(receiver, tmp_path):
    (tmp_path / "faces" / "1").mkdir(parents=True)
    config = load_config(
        data=f"{tmp_path}/faces/{{SPAN}}", root=f"{tmp_path}/root", notify={"webhook": receiver.url}
    )
    assert retrain(config) is ExitCode.PUSHED
    assert receiver.got == []


@pytest.fixture
def drip() -> Iterator[str]:
    """The URL of a server that sends a byte of its headers every tenth of a second, without end."""
    stop = threading.Event()

    class Drip(BaseHTTPRequestHandler):
        def do_POST(self):
            with contextlib.suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not stop.wait(0.1):
                    self.wfile.write(b"x")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Drip) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook/secret-token"
        stop.set()
        server.shutdown()
        thread.join()


def test_a_server_that_answers_byte_by_byte_times_out(drip):
    waited: list[float] = []
    began = time.monotonic()
    slow = NotifySettings(webhook=drip, timeout_seconds=0.5, attempts=2)
    told = send(slow, {}, sleep=waited.append)
    assert 1.0 <= time.monotonic() - began < 3.0
    assert told == "the webhook at 127.0.0.1 did not answer within 0.5 seconds"
    assert waited == [1]


def test_the_body_of_an_answer_is_never_read():
    sent = 0

    class Flood(BaseHTTPRequestHandler):
        def do_POST(self):
            nonlocal sent
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(3 << 30))
            self.end_headers()
            with contextlib.suppress(OSError):
                while sent < 3 << 30:
                    sent += self.wfile.write(bytes(1 << 20))

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Flood) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        settings = NotifySettings(webhook=f"http://127.0.0.1:{server.server_port}/", attempts=1)
        assert send(settings, {}) == ""
        thread.join()
    # The server can only fill the buffers of the two sockets.
    assert sent < 64 << 20


def test_a_redirect_is_not_followed(receiver):
    posts = 0

    class Redirect(BaseHTTPRequestHandler):
        def do_POST(self):
            nonlocal posts
            posts += 1
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", receiver.url)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Redirect) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        told = send(NotifySettings(webhook=f"http://127.0.0.1:{server.server_port}/"), {"a": 1})
        thread.join()
    assert "it answered 307 Temporary Redirect" in told and posts == 1
    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://hooks.example.org/secret-token", True),
        ("https://hooks.example.org/secret-token", False),
        ("http://localhost:8080/secret-token", False),
        ("http://127.0.0.1/secret-token", False),
        ("http://[::1]:80/secret-token", False),
        ("http://127.0.0.1.example.org/secret-token", True),
        ("http://127.0.0.1@hooks.example.org/secret-token", True),
    ],
)
def test_an_unencrypted_url_is_refused_unless_it_is_allowed(url, refused):
    assert NotifySettings(webhook=url, allow_http=True).webhook.get_secret_value() == url
    if refused:
        with pytest.raises(ValueError, match=r"found http://.* Set notify.allow_http"):
            NotifySettings(webhook=url)
    else:
        assert NotifySettings(webhook=url).webhook.get_secret_value() == url
