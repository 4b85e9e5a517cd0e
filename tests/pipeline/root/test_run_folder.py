"""A run's folder, and where what is printed during a run ends."""

import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from components.errors import InputError
from pipeline.root.run_folder import open_run
from pipeline.settings.config import PipelineConfig, load_config


@pytest.fixture
def config(tmp_path: Path) -> PipelineConfig:
    return load_config(data=str(tmp_path), root=str(tmp_path / "root"))


PRINTING_RUN = """
import logging, os, sys
from pipeline.settings.config import load_config
from pipeline.root.run_folder import open_run
with open_run(load_config(data=sys.argv[1], root=sys.argv[1] + "/root")) as run:
    run.console.print("for the user")
    print("from Python")
    print("from Python, an error", file=sys.stderr)
    os.write(2, b"from C++\\n")
    logging.info("from a library")
print("afterwards")
"""


def test_all_output_but_the_consoles_ends_in_the_log(tmp_path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PRINTING_RUN, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    (path,) = tmp_path.glob("root/runs/*/run.log")
    begin = f"run  {path.parent.name}, log in {path}\n"
    assert (ended.stdout, ended.stderr) == (f"{begin}for the user\nafterwards\n", "")
    log = path.read_text()
    for text in ("from Python\n", "an error\n", "from C++\n", "INFO root: from a library\n"):
        assert text in log
    assert "for the user" not in log


def test_verbose_shows_the_log_as_well(config, capfd) -> None:
    with open_run(config, verbose=True) as run:
        logging.info("from a library")
    assert "from a library" in capfd.readouterr().out
    assert "from a library" in run.log.read_text()


def test_settings_are_written_resolved(config) -> None:
    with open_run(config) as run:
        written = yaml.safe_load((run.folder / "config.yaml").read_text())
    assert PipelineConfig.model_validate(written) == config
    assert run.folder.parent == Path(config.root) / "runs"


def test_temporary_files_go_with_the_run(config) -> None:
    before = tempfile.gettempdir()
    with open_run(config) as run:
        left_behind = Path(tempfile.mkdtemp())
        assert run.folder in left_behind.parents
    assert not left_behind.exists()
    assert tempfile.gettempdir() == before


def test_an_error_is_in_the_log_with_its_traceback(config) -> None:
    with pytest.raises(KeyError, match="lost"), open_run(config) as run:
        raise KeyError("lost")
    assert "Traceback (most recent call last)" in run.log.read_text()
    assert "KeyError: 'lost'" in run.log.read_text()


def test_two_runs_have_folders_of_their_own(config) -> None:
    with open_run(config) as first:
        pass
    with open_run(config) as second:
        pass
    assert first.folder != second.folder


def test_a_root_that_is_a_file_is_refused(tmp_path) -> None:
    (tmp_path / "root").write_text("")
    config = load_config(data=str(tmp_path), root=str(tmp_path / "root"))
    with pytest.raises(InputError, match="root: expected a writable folder; "):
        open_run(config).__enter__()
