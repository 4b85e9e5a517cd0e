"""A process of its own: what comes back, what is shown, and what is said when it fails."""

import io
import logging
import multiprocessing
import os
import signal
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.tools.compare.child import ChildError, run_child
from trainer.measuring.channel import ChannelHandler

MODULE = """\
import logging, os, sys, tempfile

def work(request):
    os.write(1, b"from C++\\n")
    print("from Python")
    logger = logging.getLogger("utkface.training")
    logger.info("training on %s", "CPU", extra={"device": "CPU"})
    logger.info("going on", extra={"note": "going on after epoch 2"})
    logs = {"val_age_output_mae": 7.25, "loss": float("nan")}
    told = {"epoch": 1, "epochs": 1, "step": 2, "steps": 2, "logs": logs}
    logger.info("epoch ended", extra={"training": told})
    logging.getLogger("elsewhere").warning("[odd] %s", "things")
    exec(request.get("then", ""))
    return {"doubled": 2 * request["number"], "tmp": tempfile.gettempdir(), "cwd": os.getcwd(),
            "workers": os.environ.get("TF_CONFIG"), "tensorflow": "tensorflow" in sys.modules}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs MODULE; returns the result and the lines shown."""
    (tmp_path / "measured_by_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("TF_CONFIG", "{}")
    shown = io.StringIO()

    def run(verbose: bool = False, work: str = "measured_by_test:work", **request: object):
        result = tmp_path / "out" / "result.json"
        console = Console(file=shown, width=60)
        found = run_child(work, {"number": 21, **request}, result, console=console, verbose=verbose)
        return found, shown.getvalue().splitlines()

    run.shown = shown
    return run


def test_the_result_comes_back_and_the_progress_is_shown(run, tmp_path: Path, capfd) -> None:
    found, lines = run()
    assert found["doubled"] == 42
    assert lines == [
        "     training on CPU",
        "     going on after epoch 2",
        "     epoch 1/1, eval split: age MAE 7.25",
    ]
    assert Path(found["cwd"]) == tmp_path / "out"
    # Workers of one training are none of several trainings.
    assert found["workers"] is None
    assert not found["tensorflow"]
    # What is printed or logged is in the log, and nowhere else.
    log = (tmp_path / "out" / "process.log").read_text()
    assert "from C++" in log and "from Python" in log and "elsewhere: [odd] things" in log
    assert capfd.readouterr() == ("", "")
    # Its temporary files are gone.
    assert Path(found["tmp"]).parent == tmp_path / "out" and not Path(found["tmp"]).exists()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*("process.log", "result.json")}


def test_more_is_shown_if_asked_for(run) -> None:
    lines = run(verbose=True)[1]
    assert "utkface.training: training on CPU" in lines
    assert "elsewhere: [odd] things" in lines


def test_an_error_is_told_with_its_words(run, tmp_path: Path) -> None:
    with pytest.raises(ChildError) as error:
        run(then="raise ValueError('Expected one. Received: two.')")
    log = tmp_path / "out" / "process.log"
    assert str(error.value) == f"ValueError: Expected one. Received: two.\nThe log is {log}"
    assert "Traceback" in log.read_text()
    assert not (tmp_path / "out" / "result.json").exists()


def test_a_process_that_was_killed_is_told_with_the_last_lines(run) -> None:
    with pytest.raises(ChildError) as error:
        run(then="print('the end', flush=True); os.kill(os.getpid(), 9)")
    lines = str(error.value).splitlines()
    killed = signal.strsignal(9)
    assert lines[0] == (
        f"the process ended with signal 9, {killed}; the system may have had no memory left"
    )
    assert "the end" in lines


def test_a_process_that_just_ends_is_told(run) -> None:
    with pytest.raises(ChildError, match=r"^the process ended with exit code 7\n"):
        run(then="os._exit(7)")


def test_a_module_that_cannot_be_loaded_is_told(run, tmp_path: Path) -> None:
    with pytest.raises(ChildError, match=r"^ModuleNotFoundError: No module named 'no_such_module'"):
        run(work="no_such_module:work")


def test_a_process_that_nobody_listens_to_ends() -> None:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    receiver.close()
    child = os.fork()
    if not child:
        logger = logging.Logger("alone")
        logger.addHandler(ChannelHandler(sender))
        logger.warning("anybody?")
        os._exit(0)
    sender.close()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
