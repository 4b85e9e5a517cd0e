"""No component uses one artifact for two inputs."""

import pytest
from tfx.components import DistributionValidator
from tfx.proto import distribution_validator_pb2

from pipeline.engines.kubeflow.compiling.inputs import refuse_artifacts_taken_twice
from pipeline.engines.kubeflow.compiling.runner import compile_pipeline
from pipeline.settings.config import load_config


def spec_of(**inputs: tuple[str, str]) -> dict:
    artifacts = {
        key: {"taskOutputArtifact": {"producerTask": task, "outputArtifactKey": output}}
        for key, (task, output) in inputs.items()
    }
    tasks = {"Validator": {"inputs": {"artifacts": artifacts}}}
    return {
        "root": {"dag": {"tasks": {}}},
        "components": {"Inner": {"dag": {"tasks": tasks}}, "Validator": {"executorLabel": "v"}},
    }


def test_an_artifact_used_twice_is_named_with_both_inputs():
    twice = spec_of(statistics=("Gen", "statistics"), baseline=("Gen", "statistics"))
    with pytest.raises(RuntimeError, match=r"found Gen\.statistics as statistics and as"):
        refuse_artifacts_taken_twice(twice)
    refuse_artifacts_taken_twice(spec_of(a=("Gen", "statistics"), b=("Gen", "schema")))


def test_a_pipeline_with_such_a_component_is_not_compiled(monkeypatch, tmp_path):
    """An earlier SkewValidator used the statistics as their own baseline."""

    def make_stock_validator(gate, statistics):
        return DistributionValidator(
            statistics=statistics,
            baseline_statistics=statistics,
            config=distribution_validator_pb2.DistributionValidatorConfig(),
        ).with_id("SkewValidator")

    monkeypatch.setattr("pipeline.create_pipeline.make_skew_validator", make_stock_validator)
    with pytest.raises(RuntimeError) as caught:
        compile_pipeline(load_config(data="/data"), tmp_path / "pipeline.yaml")
    assert str(caught.value).startswith("SkewValidator: expected each input to be an artifact of")
    assert not (tmp_path / "pipeline.yaml").exists()
