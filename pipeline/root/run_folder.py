"""The folder of a run: its log, settings, reports and temporary files."""

import contextlib
import io
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.logging import RichHandler

from components.errors import InputError, ResourceError
from pipeline.console.terminal import print_text
from pipeline.layout import RootLayout
from pipeline.root.full_disk import report_full_disk
from pipeline.root.lock import lock_root
from pipeline.root.run_environment import no_public_writes, run_environment
from pipeline.root.storage import record_storage
from pipeline.root.store_owner import claim_artifacts
from pipeline.settings.config import PipelineConfig

LOG_FILE = "run.log"
# The folder of a run's temporary files, among them the local copies of artifacts on a store.
TEMPORARY = "tmp"
_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@dataclass(frozen=True)
class Run:
    """A run in progress.

    Attributes:
      run_id: the name of the run's folder, and of its context in the metadata store.
      folder: `runs/<run_id>` under the root.
      console: the console for the user; all other output goes to the log.
    """

    run_id: str
    folder: Path
    console: Console

    @property
    def log(self) -> Path:
        return self.folder / LOG_FILE

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def copies(self) -> str:
        """The folder of the local copies of artifacts on a store; removed when the run ends."""
        return str(self.folder / TEMPORARY / "copies")


@contextlib.contextmanager
def open_run(config: PipelineConfig, *, verbose: bool = False) -> Iterator[Run]:
    """Creates the folder of a new run, and redirects all output but the console's to its log.

    Args:
      config: the settings, written to `config.yaml` in the folder.
      verbose: whether to show the log on the console too.

    Raises:
      BusyError: if another run uses the root.
      InputError: if the root is not writable, or has its artifacts in another place.
      ResourceError: if the disk of the root is full, or standard output cannot be written to.
    """
    layout = RootLayout(Path(config.root))
    with contextlib.ExitStack() as stack:
        stack.enter_context(report_full_disk(layout.root))
        stack.enter_context(no_public_writes())
        try:
            layout.runs.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock_root(layout.root))
            record_storage(layout.root, config.artifacts)
            if config.artifacts:
                claim_artifacts(layout.root, config.artifacts)
            _remove_leftovers(layout)
            folder = _make_folder(layout)
        except OSError as error:
            raise InputError(
                f"{config.root}: expected a writable folder; {error.strerror}"
            ) from None
        stack.enter_context(run_environment(folder / TEMPORARY, layout.caches, config.threads))
        (folder / "config.yaml").write_text(config.to_yaml(), encoding="utf-8")
        console = stack.enter_context(_redirect_output(folder / LOG_FILE, verbose=verbose))
        run = Run(folder.name, folder, console)
        print_text(console, f"run  {run.run_id}, log in {run.log}")
        try:
            yield run
        except Exception:
            # The user sees one line; the log has the traceback.
            logging.exception("The run ended with an error.")
            raise
        except KeyboardInterrupt:
            logging.exception("The run was stopped.")
            raise


def _make_folder(layout: RootLayout) -> Path:
    started = datetime.now().strftime("%Y%m%d-%H%M%S")
    folder, attempt = layout.runs / started, 1
    while folder.exists():
        attempt += 1
        folder = layout.runs / f"{started}-{attempt}"
    folder.mkdir()
    return folder


def _remove_leftovers(layout: RootLayout) -> None:
    """Removes the temporary files of killed runs; the lock shows that no run is in progress."""
    for folder in layout.runs.glob(f"*/{TEMPORARY}"):
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _redirect_output(path: Path, *, verbose: bool) -> Iterator[Console]:
    """Redirects both output streams to a log, because TensorFlow writes to them from C++.

    Yields a console on the original standard output.
    """
    root = logging.getLogger()
    level = root.level
    handlers: list[logging.Handler] = [logging.FileHandler(path)]
    handlers[0].setFormatter(logging.Formatter(_LOG_FORMAT))
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    terminal = _UserOutput(open(saved[0], "wb", closefd=False), encoding="utf-8")  # noqa: SIM115
    console = Console(file=terminal)
    if verbose:
        handlers.append(RichHandler(console=console, show_path=False))
    with path.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield console
    finally:
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
            # On a full disk the log loses its last lines; that must not hide why the run ended.
            with contextlib.suppress(OSError):
                handler.close()
        _flush_or_drop(sys.stdout, 1)
        _flush_or_drop(sys.stderr, 2)
        with contextlib.suppress(OSError):
            terminal.close()
        for number, copy in enumerate(saved, start=1):
            os.dup2(copy, number)
            os.close(copy)


class _UserOutput(io.TextIOWrapper):
    """Standard output of the command; its errors are distinct from those of other files."""

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise ResourceError(
                f"standard output: expected a writable stream; {error.strerror or error}"
            ) from None


def _flush_or_drop(stream: TextIO, number: int) -> None:
    try:
        stream.flush()
    except OSError:
        # Unwritten text would otherwise go to the terminal later.
        with Path(os.devnull).open("wb") as null:
            os.dup2(null.fileno(), number)
            stream.flush()
