"""The pipeline constructs, and compiles for TFX's local runner."""

import json

import pytest
from tfx.dsl.compiler import compiler

from components.errors import InputError
from pipeline.create_pipeline import Destinations, create_pipeline
from pipeline.run_parameters import RunParameters
from pipeline.settings.config import load_config
from trainer.signatures import SERVING_DEFAULT

DESTINATIONS = Destinations(
    pipeline_root="gs://bucket/root",
    serving="gs://bucket/serving",
    history="gs://bucket/history",
    checkpoints="gs://bucket/checkpoints",
    schema_file="/schema.pbtxt",
)


@pytest.fixture
def pipeline(faces):
    overrides = ["trainer.epochs=3", "trainer.rebalance=weights", "splits.test=30"]
    config = load_config(data=str(faces), overrides=overrides)
    return create_pipeline(config, DESTINATIONS, RunParameters.fixed(config))


def test_nothing_reads_bad_data_before_the_gate_has_seen_it(pipeline):
    upstream = {
        node.id: {before.id for before in node.upstream_nodes} for node in pipeline.components
    }
    assert upstream["DataGate"] == {
        *("DriftValidator", "ExampleValidator", "HistoryLookup", "SkewValidator", "StatisticsGen"),
        "UtkFaceExampleGen",
    }
    assert upstream["GateKeeper"] == {"DataGate"}
    assert "GateKeeper" in upstream["Transform"]
    assert "Transform" in upstream["Trainer"]


def test_history_is_looked_up_before_it_is_added_to_and_holds_what_was_accepted(pipeline):
    upstream = {
        node.id: {before.id for before in node.upstream_nodes} for node in pipeline.components
    }
    assert {"HistoryLookup", "GateKeeper"} <= upstream["StatisticsRecorder"]
    assert "ModelRecorder" in upstream["ModelCard"]
    # Later models are compared with one that is served.
    assert {"HistoryLookup", "FairnessReport", "Pusher"} <= upstream["ModelRecorder"]


def test_nothing_is_published_that_was_not_blessed_slice_by_slice(pipeline):
    nodes = {node.id: node for node in pipeline.components}
    blessing = nodes["FairnessReport"].outputs["blessing"]
    assert nodes["Pusher"].inputs["model_blessing"] is blessing
    assert nodes["ModelRecorder"].inputs["pushed"] is nodes["Pusher"].outputs["pushed_model"]
    inputs = nodes["FairnessReport"].inputs
    assert inputs["evaluator_blessing"] is nodes["Evaluator"].outputs["blessing"]
    assert inputs["blessed_model"] is nodes["HistoryLookup"].outputs["model"]


def test_both_models_predict_once_and_all_read_that(pipeline):
    nodes = {node.id: node for node in pipeline.components}
    candidate, baseline = nodes["BulkInferrer"], nodes["BaselineBulkInferrer"]
    lookup, report = nodes["HistoryLookup"].outputs, nodes["FairnessReport"].inputs
    predicted = candidate.outputs["output_examples"]
    assert candidate.inputs["model"] is nodes["Trainer"].outputs["model"]
    assert "model_blessing" not in candidate.inputs
    assert baseline.inputs["model"] is lookup["model"]
    assert baseline.inputs["model_blessing"] is lookup["blessing"]
    assert nodes["Evaluator"].inputs["examples"] is report["predictions"] is predicted
    assert report["baseline_predictions"] is baseline.outputs["output_examples"]
    for node in (candidate, baseline):
        assert json.loads(node.exec_properties["data_spec"]) == {"example_splits": ["test"]}
        (asked,) = json.loads(node.exec_properties["model_spec"])["model_signature_name"]
        assert asked == SERVING_DEFAULT


def test_settings_reach_their_components(pipeline):
    nodes = {node.id: node for node in pipeline.components}
    assert json.loads(nodes["Trainer"].exec_properties["custom_config"])["epochs"] == 3
    assert nodes["Trainer"].exec_properties["epochs"] == 3
    assert nodes["DataGate"].exec_properties["rebalance"] == "weights"
    assert nodes["DataGate"].exec_properties["rebalance_max_weight"] == 10.0
    splits = json.loads(nodes["UtkFaceExampleGen"].exec_properties["output_config"])
    assert splits["split_config"]["partition_feature_name"] == "image"
    assert {s["name"]: s["hash_buckets"] for s in splits["split_config"]["splits"]} == {
        "train": 70,
        "eval": 10,
        "test": 30,
    }
    assert json.loads(nodes["Evaluator"].exec_properties["example_splits"]) == ["test"]
    asked = json.loads(nodes["FairnessReport"].exec_properties["settings"])
    assert asked["min_examples"] == 30
    assert not pipeline.enable_cache


def test_labels_that_may_be_ranges_have_a_relaxed_schema_and_weights(faces, tmp_path):
    manifest = tmp_path / "labels.csv"
    manifest.write_text("file,age,gender,race\n")
    labels = f"ingest.labels={{manifest: {manifest}, tasks: {{age: {{ranges: keep}}}}}}"
    config = load_config(data=str(faces), overrides=[labels])
    built = create_pipeline(config, DESTINATIONS, RunParameters.fixed(config))
    nodes = {node.id: node for node in built.components}
    relaxed = nodes["RelaxedSchema"]
    assert relaxed.exec_properties["labels"] == "age"
    assert relaxed.inputs["schema"] is nodes["ImportSchemaGen"].outputs["schema"]
    for reader in ("ExampleValidator", "Transform"):
        assert nodes[reader].inputs["schema"] is relaxed.outputs["relaxed"]
    predicted = nodes["BulkInferrer"].outputs["output_examples"]
    assert nodes["KnownLabels"].inputs["examples"] is predicted
    assert nodes["Evaluator"].inputs["examples"] is nodes["KnownLabels"].outputs["marked"]
    assert nodes["FairnessReport"].inputs["predictions"] is predicted
    (model,) = json.loads(nodes["Evaluator"].exec_properties["eval_config"])["model_specs"]
    assert model["example_weight_keys"] == {
        "age_output": "age_known",
        "gender_output": "everyone",
        "race_output": "everyone",
    }
    assert len(compiler.Compiler().compile(built).nodes) == 22


def test_labels_of_names_are_all_known(pipeline):
    nodes = {node.id: node for node in pipeline.components}
    assert not {"RelaxedSchema", "KnownLabels"} & nodes.keys()
    (model,) = json.loads(nodes["Evaluator"].exec_properties["eval_config"])["model_specs"]
    assert "example_weight_keys" not in model


def test_compiles_to_an_intermediate_representation(pipeline):
    ir = compiler.Compiler().compile(pipeline)
    assert ir.pipeline_info.id == "utkface"
    assert len(ir.nodes) == 20


@pytest.mark.parametrize("warm_start", ["none", "latest", "gs://bucket/run"])
def test_a_warm_start_is_an_input_of_the_training(faces, warm_start):
    config = load_config(data=str(faces), overrides=[f"trainer.warm_start={warm_start}"])
    pipeline = create_pipeline(config, DESTINATIONS, RunParameters.fixed(config))
    nodes = {node.id: node for node in pipeline.components}
    assert nodes["HistoryLookup"].exec_properties["warm_start"] == warm_start
    inputs = nodes["Trainer"].inputs
    if warm_start == "none":
        assert "training_state" not in inputs
    else:
        assert inputs["training_state"] is nodes["HistoryLookup"].outputs["training_state"]
    recorded = nodes["ModelRecorder"].inputs["model_run"]
    assert recorded is nodes["Trainer"].outputs["model_run"]


def test_missing_files_are_told_before_anything_runs(tmp_path):
    config = load_config(data=str(tmp_path / "nothing"))
    with pytest.raises(InputError, match="found nothing"):
        create_pipeline(config, DESTINATIONS, RunParameters.fixed(config))


def test_transform_gets_the_size_of_the_pictures(faces):
    config = load_config(data=str(faces), overrides=["image_size=64"])
    built = create_pipeline(config, DESTINATIONS, RunParameters.fixed(config))
    (transform,) = (node for node in built.components if node.id == "Transform")
    assert json.loads(transform.exec_properties["custom_config"]) == {"image_size": 64}
