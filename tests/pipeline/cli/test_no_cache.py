"""`--no-cache` of `utkface run` and `utkface retrain` turns the setting off."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import pipeline.cli.retrain as retrain_module
from pipeline.cli.retrain import retrain
from pipeline.cli.run import run
from pipeline.console.exit_codes import ExitCode
from pipeline.engines.local.engine import LocalEngine
from pipeline.settings.config import PipelineConfig


@pytest.fixture
def configs(monkeypatch: pytest.MonkeyPatch) -> list[PipelineConfig]:
    """The settings of the runs that the commands start."""
    found: list[PipelineConfig] = []

    def submit(_: LocalEngine, config: PipelineConfig, *__: object, **___: object) -> ExitCode:
        found.append(config)
        return ExitCode.PUSHED

    def retrain_with(config: PipelineConfig, **_: object) -> ExitCode:
        found.append(config)
        return ExitCode.PUSHED

    monkeypatch.setattr(LocalEngine, "submit", submit)
    monkeypatch.setattr(retrain_module, "run", retrain_with)
    return found


@pytest.mark.parametrize("command", [run, retrain], ids=["run", "retrain"])
@pytest.mark.parametrize(
    ("options", "cache"),
    [((), True), (("--no-cache",), False), (("--set", "cache=false"), False)],
)
def test_the_cache_is_on_unless_it_is_turned_off(
    configs: list[PipelineConfig],
    tmp_path: Path,
    command: object,
    options: tuple[str, ...],
    cache: bool,
) -> None:
    arguments = ["--data", str(tmp_path), "--root", str(tmp_path / "root"), *options]
    ended = CliRunner().invoke(command, arguments)
    assert ended.exit_code == ExitCode.PUSHED, ended.output
    assert [config.cache for config in configs] == [cache]
