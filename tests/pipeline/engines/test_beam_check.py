"""A run whose Beam engine cannot be reached is refused before it starts."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.engines.beam_check import check_beam
from pipeline.settings.beam import BeamSettings
from pipeline.settings.config import ConfigError


@pytest.fixture
def closed() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return int(listener.getsockname()[1])


def test_a_run_is_refused_with_what_to_start(closed: int, tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "20_0_1_20170101.jpg").touch()
    beam = f"beam={{engine: prism, job_endpoint: 'localhost:{closed}'}}"
    arguments = ("--data", tmp_path / "faces", "--root", tmp_path / "root", "--set", beam)
    result = CliRunner().invoke(main, ["run", *map(str, arguments)])
    assert result.exit_code == 2
    message = " ".join(result.output.split())
    assert f"beam.job_endpoint: expected a service at localhost:{closed}; found none" in message
    assert f"Start it, e.g. prism --job_port={closed}, or set beam.engine to local." in message
    assert not (tmp_path / "root").exists()


def test_a_pool_that_is_away_is_named(closed: int) -> None:
    with socket.create_server(("localhost", 0)) as service:
        job = f"localhost:{service.getsockname()[1]}"
        settings = BeamSettings(
            engine="portable", job_endpoint=job, worker_pool=f"localhost:{closed}"
        )
        with pytest.raises(ConfigError, match=r"beam\.worker_pool: expected a service at"):
            check_beam(settings)
        # The pool of a cluster may be out of reach from here.
        check_beam(settings.model_copy(update={"engine": "flink"}))


def test_engines_of_this_machine_need_no_service() -> None:
    check_beam(BeamSettings())
    check_beam(BeamSettings(engine="multiprocess", workers=2))
