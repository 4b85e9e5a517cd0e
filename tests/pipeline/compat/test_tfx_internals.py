"""Private parts of TFX that the pipeline uses exist and behave as documented."""

from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner
from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_entrypoint_utils

from pipeline.compat import tfx_internals


def test_an_artifact_has_the_same_number_as_in_the_entry_point() -> None:
    names: dict[int, str] = {}
    number = kubeflow_v2_entrypoint_utils._get_hashed_id("a model", names)
    assert tfx_internals.number_of_artifact("a model") == number
    assert names == {number: "a model"}


def test_redirect_changes_the_output_path_of_a_runner(tmp_path) -> None:
    config = kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(default_image="image")
    runner = kubeflow_v2_dag_runner.KubeflowV2DagRunner(
        config, output_dir="/before", output_filename="before.json"
    )
    assert tfx_internals.output_of(runner) == "/before/before.json"
    tfx_internals.redirect(runner, folder=str(tmp_path), file="after.yaml")
    assert tfx_internals.output_of(runner) == f"{tmp_path}/after.yaml"
    tfx_internals.write_schema_2_1(runner)
    assert config.use_pipeline_spec_2_1 is True
