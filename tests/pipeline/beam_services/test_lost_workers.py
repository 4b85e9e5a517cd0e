"""A worker that is killed before its first bundle fails its job at once; Beam alone would wait."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from components.beam_errors import LOST_WORKER
from pipeline.compat.beam_internals import report_lost_workers
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.settings.beam import BeamSettings
from tests.beam_services import find_workers, job_service
from tests.lanes import only_in

pytestmark = pytest.mark.slow
# Far more than the failure takes, and far less than the step would.
_SECONDS = 30


def slow_to_start(marker: Path) -> beam.DoFn:
    """Returns a step that keeps a worker busy before its first bundle, as TensorFlow's import does.

    Workers lack this module, so the class is local: Beam sends it to them as a whole.
    """
    path, seconds = str(marker), _SECONDS

    class SlowToStart(beam.DoFn):
        def setup(self) -> None:
            part = Path(f"{path}.part")
            part.write_text(str(os.getpid()))
            part.replace(path)
            time.sleep(10 * seconds)

        def process(self, element: int) -> Iterator[int]:
            yield element

    return SlowToStart()


def error_after_a_kill(
    arguments: list[str], find: Callable[[], list[int]], marker: Path, moment: str
) -> BaseException:
    """Returns the error of a job whose worker is killed."""
    ended = threading.Event()
    killed = []

    def kill() -> None:
        while not ended.wait(0.05):
            # Of several workers, one loads the code, and the others have nothing to do.
            workers = find() if moment == "start" else _read_worker(marker)
            if workers:
                killed.append(time.monotonic())
                os.kill(workers[0], signal.SIGKILL)
                return

    pipeline = beam.Pipeline(options=PipelineOptions(arguments))
    pipeline | beam.Create([1]) | beam.Reshuffle() | beam.ParDo(slow_to_start(marker))
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(RuntimeError) as caught:
            pipeline.run().wait_until_finish()
    finally:
        ended.set()
        killer.join()
    assert time.monotonic() - killed[0] < _SECONDS
    return caught.value


def _read_worker(marker: Path) -> list[int]:
    return [int(marker.read_text())] if marker.exists() else []


@only_in("legacy", "Beam's job services are tested")
@pytest.mark.parametrize("moment", ["start", "import"])
@pytest.mark.parametrize("engine", ["portable", "prism"])
def test_a_job_service_reports_the_lost_worker(
    engine: Literal["portable", "prism"], moment: str, worker_python: str, tmp_path: Path
) -> None:
    with job_service(engine, worker_python) as service:
        arguments = BeamSettings(**service.beam).arguments()
        pool = service.pools[0]
        error = error_after_a_kill(
            arguments, lambda: find_workers(pool), tmp_path / "marker", moment
        )
    assert explain(error) == (ExitCode.FAILED, f"Failed: {LOST_WORKER}")


@pytest.mark.parametrize("moment", ["start", "import"])
def test_the_local_runner_reports_the_lost_worker(moment: str, tmp_path: Path) -> None:
    report_lost_workers()
    arguments = BeamSettings(engine="multiprocess", workers=2).arguments()
    error = error_after_a_kill(
        arguments, lambda: find_workers(os.getpid()), tmp_path / "marker", moment
    )
    assert explain(error) == (ExitCode.FAILED, f"Failed: {LOST_WORKER}")
