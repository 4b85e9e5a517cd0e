"""The start and the end of each component of a local run are logged."""

import logging
from pathlib import Path

import pytest
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import launcher

from pipeline.engines.local.component_events import LOGGER, log_components


@component
def Steady() -> None:
    """Does nothing."""


@component
def Failing() -> None:
    """Fails."""
    raise ValueError("expected an end")


@pytest.fixture
def run(tmp_path: Path):
    def run_steps() -> None:
        """Runs two components; the second fails."""
        metadata = sqlite_metadata_connection_config(f"{tmp_path}/metadata.db")
        steady, failing = Steady().with_id("First"), Failing()
        failing.add_upstream_node(steady)
        steps = Pipeline("p", f"{tmp_path}/root", metadata, components=[steady, failing])
        with pytest.raises(ValueError, match="expected an end"):
            LocalDagRunner().run(steps)

    return run_steps


def test_the_start_and_the_end_of_components_are_logged(
    run, caplog: pytest.LogCaptureFixture
) -> None:
    stock = launcher.Launcher
    with caplog.at_level(logging.INFO, logger=LOGGER.name), log_components():
        run()
    found = [
        (one.component, one.seconds is None) for one in caplog.records if one.name == LOGGER.name
    ]
    assert found == [("First", True), ("First", False), ("Failing", True)]
    (seconds,) = [one.seconds for one in caplog.records if getattr(one, "seconds", None)]
    assert 0 < seconds < 60
    assert launcher.Launcher is stock


def test_nothing_is_logged_without_log_components(run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=LOGGER.name):
        run()
    assert [one for one in caplog.records if one.name == LOGGER.name] == []
