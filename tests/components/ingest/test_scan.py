"""Several processes that look at files: what if one of them dies."""

import collections
import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator

import pytest

from components.errors import ResourceError
from components.ingest.examine import Rules
from components.ingest.labels.corrections import Corrections
from components.ingest.labels.takedowns import Takedowns
from components.ingest.pictures.images import ImageLimits
from components.ingest.scan import scan
from components.ingest.sources.reading import ImageFile
from pipeline.exit_codes import ExitCode, explain

RULES = Rules(ImageLimits(), Corrections(), Takedowns())


def files_that_kill_a_process() -> Iterator[ImageFile]:
    for number in itertools.count():
        yield ImageFile(f"{number}.jpg", f"{number}.jpg", b"no picture")
        # The processes begin with the first files, which come in parcels.
        if children := multiprocessing.active_children():
            os.kill(children[0].pid or 0, signal.SIGKILL)
            time.sleep(0.01)


def test_a_process_that_is_killed_is_told_with_what_to_do() -> None:
    with pytest.raises(ResourceError) as caught:
        collections.deque(scan(files_that_kill_a_process(), RULES, workers=2), maxlen=0)
    assert str(caught.value).startswith(
        "A process that looks at files was killed, most often because memory ran out. Free memory, "
        "or set ingest.workers to less than 2. Python says: A child process terminated abruptly"
    )
    assert explain(caught.value)[0] == ExitCode.FAILED


def test_an_error_of_a_source_comes_through_several_processes() -> None:
    def files() -> Iterator[ImageFile]:
        yield ImageFile("1.jpg", "1.jpg", b"no picture")
        raise ValueError("expected more files")

    with pytest.raises(ValueError, match="expected more files"):
        list(scan(files(), RULES, workers=2))
