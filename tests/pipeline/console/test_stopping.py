"""Ctrl-C and SIGTERM end the body once; then the signal handlers are restored."""

import os
import signal
import threading
import time

import pytest

from pipeline.console import stopping
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.console.stopping import RunStopped, stop_signals


@pytest.fixture(autouse=True)
def handlers():
    """Asserts that the test leaves the handlers as they were."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.fixture
def checked_often(monkeypatch):
    """Shortens the interval between checks for a swallowed stop."""
    monkeypatch.setattr(stopping, "_CHECK_SECONDS", 0.02)


@pytest.mark.parametrize(
    ("number", "code", "name"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")]
)
def test_a_stop_has_its_exit_code_and_says_how_to_continue(number, code, name):
    with pytest.raises(RunStopped) as caught, stop_signals():
        os.kill(os.getpid(), number)
    assert explain(caught.value) == (
        ExitCode(code),
        f"Stopped by {name}. Run the same command again to continue; finished steps are reused, "
        "and a training resumes after its last complete epoch.",
    )


def test_a_library_error_caused_by_a_stop_counts_as_a_stop():
    with stop_signals() as signals:
        with pytest.raises(RunStopped):
            os.kill(os.getpid(), signal.SIGINT)
        error = signals.cause_of(RuntimeError("KeyboardInterrupt"))
        assert explain(error)[0] is ExitCode.INTERRUPTED


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stop_inside_a_destructor_is_raised_again(checked_often):
    class Holder:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)

    def work():
        holder = Holder()
        del holder  # Python drops the error.
        time.sleep(60)

    with pytest.raises(RunStopped, match="Ctrl-C"), stop_signals():
        work()


def test_a_swallowed_stop_is_raised_until_it_gets_through(checked_often):
    swallowed = []

    def work():
        for call in (lambda: os.kill(os.getpid(), signal.SIGTERM), lambda: time.sleep(60)):
            try:
                call()
            except BaseException as error:
                swallowed.append(error)
        time.sleep(60)

    with pytest.raises(RunStopped, match="SIGTERM") as caught, stop_signals():
        work()
    assert swallowed == [caught.value] * 2


@pytest.mark.parametrize("library_error", [None, RuntimeError("a library's")])
def test_cleanup_after_a_stop_is_not_interrupted(checked_often, library_error):
    done = []

    def work():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt as stop:
            time.sleep(0.1)
            done.append("except")
            raise library_error or stop from None
        finally:
            time.sleep(0.1)
            done.append("finally")

    with pytest.raises((RunStopped, RuntimeError)) as caught, stop_signals() as signals:
        work()
    assert caught.value is (library_error or signals.stopped)
    assert done == ["except", "finally"]


def test_an_error_without_a_stop_is_unchanged():
    with stop_signals() as signals:
        error = RuntimeError("odd")
        assert signals.cause_of(error) is error


def test_default_signal_handlers_apply_after_the_first_stop():
    with stop_signals():
        with pytest.raises(RunStopped):
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_signals():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_changes_no_handler():
    found = []

    def look():
        with stop_signals():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]
