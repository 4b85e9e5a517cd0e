"""What a retraining runs on, with what settings, and what it ends with."""

import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from pipeline.console.exit_codes import ExitCode
from pipeline.engines.local.launch import Ending
from pipeline.operations import retraining
from pipeline.root.lock import lock_root
from pipeline.settings.config import PipelineConfig, load_config
from tests.pipeline.recorded import Root


class Launches:
    """Stands in for runs: notes what would be run."""

    def __init__(self):
        self.configs: list[PipelineConfig] = []
        self.code = ExitCode.PUSHED

    def run(self, config: PipelineConfig, *, verbose: bool) -> Ending:
        self.configs.append(config)
        return Ending(config, self.code, datetime.now(timezone.utc))


@pytest.fixture
def launches(monkeypatch) -> Launches:
    found = Launches()
    monkeypatch.setattr(retraining, "run_pipeline", found.run)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for span in (1, 2):
        (tmp_path / "faces" / str(span)).mkdir(parents=True)
        picture = tmp_path / "faces" / str(span) / "a.jpg"
        picture.touch()
        os.utime(picture, (0, 0))
    return tmp_path


def config_of(folder: Path, *overrides: str) -> PipelineConfig:
    data, root = f"{folder}/faces/{{SPAN}}", str(folder / "root")
    return load_config(data=data, root=root, overrides=overrides)


def ran(folder: Path, **outcomes: str) -> None:
    """Notes finished runs in the metadata, by span."""
    (folder / "root").mkdir()
    root = Root(folder / "root")
    for name, outcome in outcomes.items():
        outputs: dict[str, dict] = {"examples": {"span": int(name.removeprefix("span"))}}
        if outcome == "stopped":
            outputs["report"] = {"verdict": "stop"}
        elif outcome != "failed":
            outputs["pushed_model"] = {"pushed": int(outcome != "not blessed")}
        root.run(f"run-{name}", outputs, recorded=outcome != "killed")


def test_the_newest_span_is_run_and_begins_warm(folder, launches, capsys):
    assert retraining.retrain(config_of(folder)) is ExitCode.PUSHED
    (config,) = launches.configs
    assert config.span == 2 and config.trainer.warm_start == "latest"
    assert "span 1 arrived late or was skipped" in capsys.readouterr().out


@pytest.mark.parametrize("outcome", ["pushed", "stopped", "not blessed"])
def test_none_is_run_twice_and_that_is_no_error(folder, launches, capsys, outcome):
    ran(folder, span1="pushed", span2=outcome)
    assert retraining.retrain(config_of(folder)) is ExitCode.PUSHED
    assert launches.configs == []
    told = capsys.readouterr().out.splitlines()
    (line,) = told
    assert line.startswith("nothing new to train on: span 2 was run: ") and outcome in line


@pytest.mark.parametrize("outcome", ["failed", "killed"])
def test_one_that_failed_is_tried_again(folder, launches, outcome):
    # Killed between the push and its record in the history.
    ran(folder, span1="pushed", span2=outcome)
    retraining.retrain(config_of(folder))
    assert [config.span for config in launches.configs] == [2]


def test_one_that_is_named_is_run_whatever_was_run_before(folder, launches):
    ran(folder, span1="pushed", span2="pushed")
    retraining.retrain(config_of(folder, "span=1"))
    assert [config.span for config in launches.configs] == [1]


def test_the_settings_may_begin_from_scratch(folder, launches):
    retraining.retrain(config_of(folder, "trainer.warm_start=none"))
    assert launches.configs[0].trainer.warm_start == "none"


@pytest.mark.parametrize("code", [ExitCode.NOT_BLESSED, ExitCode.STOPPED_BY_DATA_GATE])
def test_what_goes_on_serving_is_told(folder, launches, capsys, code):
    launches.code = code
    assert retraining.retrain(config_of(folder)) is code
    assert "no model is served yet" in capsys.readouterr().out
    (folder / "root" / "serving" / "7").mkdir(parents=True)
    (folder / "root" / "serving" / "7" / "saved_model.pb").touch()
    assert retraining.retrain(config_of(folder)) is code
    assert capsys.readouterr().out.endswith(f"still serving {folder}/root/serving/7\n")


def test_two_never_choose_at_once(folder, launches, capsys):
    (folder / "root").mkdir()
    with lock_root(folder / "root", "retrain"):
        assert retraining.retrain(config_of(folder)) is ExitCode.BUSY
    assert launches.configs == []
    assert f"process {os.getpid()} on " in capsys.readouterr().err


def test_data_that_is_not_there_is_told_and_leaves_no_folder(folder, launches, capsys):
    config = load_config(data="/no/such/{SPAN}", root=str(folder / "root"))
    assert retraining.retrain(config) is ExitCode.BAD_INPUT
    assert "/no/such/{SPAN} is not there" in capsys.readouterr().err
    assert not (folder / "root").exists()


def test_others_may_choose_while_the_webhook_takes_its_time(folder, launches, monkeypatch):
    free = []

    def notify(ending: Ending) -> None:
        with lock_root(folder / "root", "retrain"):
            free.append(ending.config.span)

    monkeypatch.setattr(retraining, "notify_of", notify)
    assert retraining.retrain(config_of(folder)) is ExitCode.PUSHED
    assert free == [2]
