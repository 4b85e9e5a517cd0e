"""Run parameters override hyperparameters."""

import json
from pathlib import Path

import pytest
from tfx import types
from tfx.components.trainer import executor as tfx_executor
from tfx.orchestration.data_types import RuntimeParameter
from tfx.types import standard_artifacts

from components.errors import InputError
from components.model_digests import record_digests
from components.utkface_trainer.component import UtkFaceTrainer
from components.utkface_trainer.executor import RUN_PARAMETERS, Executor

VALUES = {
    **{"epochs": 3, "steps_per_epoch": 7},
    **{"learning_rate": 0.25, "warm_start_learning_rate": 0.125},
}
BEGUN = {"from": "the-entry", "sha256": "ab" * 32}


def trainer(
    training_state: types.Channel | None = None, **run_parameters: object
) -> UtkFaceTrainer:
    return UtkFaceTrainer(
        examples=types.Channel(type=standard_artifacts.Examples),
        transform_graph=types.Channel(type=standard_artifacts.TransformGraph),
        hyperparameters={"epochs": 10, "batch_size": 8},
        run_parameters={**VALUES, **run_parameters},
        training_state=training_state,
        checkpoints="gs://bucket/checkpoints",
    )


def test_each_run_parameter_is_an_execution_property() -> None:
    properties = trainer().exec_properties
    assert {name: properties[name] for name in RUN_PARAMETERS} == VALUES
    assert properties["checkpoints"] == "gs://bucket/checkpoints"


def test_a_runtime_parameter_must_have_the_type_of_its_property() -> None:
    learning_rate = RuntimeParameter("learning_rate", ptype=float, default=0.005)
    node = trainer(learning_rate=learning_rate)
    assert node.exec_properties["learning_rate"] is learning_rate
    with pytest.raises(TypeError, match="epochs"):
        trainer(epochs=RuntimeParameter("epochs", ptype=str))


def test_run_parameters_override_hyperparameters_of_the_same_name(monkeypatch) -> None:
    seen = {}

    def do(self: object, inputs: object, outputs: object, properties: dict) -> None:
        seen.update(json.loads(properties["custom_config"]))

    monkeypatch.setattr(tfx_executor.GenericExecutor, "Do", do)
    told = {"custom_config": json.dumps({"epochs": 10, "batch_size": 8}), **VALUES}
    Executor().Do({}, {}, {**told, "checkpoints": "gs://bucket/checkpoints"})
    assert seen == {**VALUES, "batch_size": 8, "checkpoints": "gs://bucket/checkpoints"}
    Executor().Do({}, {}, told)
    assert seen == {**VALUES, "batch_size": 8, "checkpoints": ""}
    assert json.loads(told["custom_config"])["epochs"] == 10


@pytest.mark.parametrize("workers", [1, 2])
def test_several_workers_train_together(monkeypatch, workers: int) -> None:
    cluster = {"worker": [f"host-{number}:5000" for number in range(workers)]}
    config = {"cluster": cluster, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    seen = {}
    monkeypatch.setattr(
        tfx_executor.GenericExecutor, "Do", lambda self, *given: seen.update(given[-1])
    )
    told = {"custom_config": "{}", "run_fn": "trainer.run_fn.run_fn", **VALUES}
    Executor().Do({}, {}, told)
    of_workers = "components.utkface_trainer.workers.run_fn"
    assert seen["run_fn"] == (of_workers if workers > 1 else "trainer.run_fn.run_fn")


def test_the_training_state_is_an_input_only_with_a_warm_start() -> None:
    assert "training_state" not in trainer().inputs
    channel = types.Channel(type=standard_artifacts.ModelRun)
    assert trainer(training_state=channel).inputs["training_state"] is channel
    with pytest.raises(TypeError, match="ModelRun"):
        trainer(training_state=types.Channel(type=standard_artifacts.Model))


@pytest.mark.parametrize(
    ("found", "told", "written", "named"),
    [
        pytest.param(
            *(1, {"folder": "/state", "name": "the-entry", "why_not": ""}, BEGUN, "the-entry"),
            id="begun with it",
        ),
        pytest.param(
            *(1, {"folder": "/state", "name": "the-entry", "why_not": ""}, None, ""),
            id="of another architecture",
        ),
        pytest.param(
            *(0, {"folder": "", "name": "the-entry", "why_not": "other splits"}, None, ""),
            id="of other splits",
        ),
    ],
)
def test_the_model_records_the_state_that_training_started_from(
    monkeypatch, tmp_path: Path, found: int, told: dict, written: dict | None, named: str
) -> None:
    seen = {}

    def do(self: object, inputs: object, outputs: object, properties: dict) -> None:
        seen.update(json.loads(properties["custom_config"]))
        (tmp_path / "history.json").write_text(json.dumps({"warm_start": written}))

    monkeypatch.setattr(tfx_executor.GenericExecutor, "Do", do)
    state, model, run = (
        standard_artifacts.ModelRun(),
        standard_artifacts.Model(),
        standard_artifacts.ModelRun(),
    )
    state.uri, run.uri, model.uri = "/state", str(tmp_path), f"{tmp_path}/model"
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_text("graph")
    state.set_int_custom_property("found", found)
    state.set_string_custom_property("history_entry", "the-entry")
    state.set_string_custom_property("why_not", told["why_not"])
    Executor().Do(
        {"training_state": [state]},
        {"model": [model], "model_run": [run]},
        {"custom_config": "{}", **VALUES},
    )
    assert seen["training_state"] == told
    assert model.get_string_custom_property("warm_started_from") == named
    digest = model.get_string_custom_property("warm_started_from_sha256")
    assert digest == (BEGUN["sha256"] if named else "")
    (recorded,) = json.loads(model.get_string_custom_property("files_sha256"))
    assert recorded == "saved_model.pb"


def test_a_training_state_that_changed_since_it_was_found_is_refused(tmp_path: Path) -> None:
    state = standard_artifacts.ModelRun()
    state.uri = str(tmp_path)
    (tmp_path / "model.keras").write_text("state")
    record_digests(state)
    (tmp_path / "model.keras").write_text("other")
    with pytest.raises(InputError, match=r"model\.keras has the SHA-256 "):
        Executor().Do({"training_state": [state]}, {}, {"custom_config": "{}", **VALUES})
