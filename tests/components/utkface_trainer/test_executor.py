"""The parameters of a run go over the hyperparameters."""

import json

import pytest
from tfx import types
from tfx.components.trainer import executor as tfx_executor
from tfx.orchestration.data_types import RuntimeParameter
from tfx.types import standard_artifacts

from components.utkface_trainer.component import UtkFaceTrainer
from components.utkface_trainer.executor import RUN_PARAMETERS, Executor

VALUES = {"epochs": 3, "steps_per_epoch": 7, "learning_rate": 0.25}


def trainer(**run_parameters: object) -> UtkFaceTrainer:
    return UtkFaceTrainer(
        examples=types.Channel(type=standard_artifacts.Examples),
        transform_graph=types.Channel(type=standard_artifacts.TransformGraph),
        hyperparameters={"epochs": 10, "batch_size": 8},
        run_parameters={**VALUES, **run_parameters},
        checkpoints="gs://bucket/checkpoints",
    )


def test_each_is_a_property_that_a_query_can_find() -> None:
    properties = trainer().exec_properties
    assert {name: properties[name] for name in RUN_PARAMETERS} == VALUES
    assert properties["checkpoints"] == "gs://bucket/checkpoints"


def test_one_may_be_left_to_the_run_and_must_then_have_its_type() -> None:
    learning_rate = RuntimeParameter("learning_rate", ptype=float, default=0.005)
    node = trainer(learning_rate=learning_rate)
    assert node.exec_properties["learning_rate"] is learning_rate
    with pytest.raises(TypeError, match="epochs"):
        trainer(epochs=RuntimeParameter("epochs", ptype=str))


def test_they_go_over_the_hyperparameters_of_the_same_name(monkeypatch) -> None:
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
