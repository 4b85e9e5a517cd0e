"""The pipeline, top to bottom as the data flows."""

from dataclasses import dataclass

from ml_metadata.proto import metadata_store_pb2
from tfx.components import Evaluator, ExampleValidator
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.orchestration.pipeline import Pipeline

from components.data_gate.component import DataGate
from components.data_gate.gate_keeper import GateKeeper
from components.distribution_plots.component import DistributionPlots
from components.fairness.component import FairnessReport
from components.history.lookup import HistoryLookup
from components.ingest.plan import IngestPlan
from components.known_labels.component import KnownLabels
from components.model_card.component import ModelCard
from components.pusher.component import Pusher
from components.recorders.component import ModelRecorder, StatisticsRecorder
from components.relaxed_schema.component import RelaxedSchema
from components.span_window.component import SpanWindow
from components.utkface_example_gen.component import UtkFaceExampleGen
from components.utkface_statistics_gen.component import UtkFaceStatisticsGen
from components.utkface_trainer.component import UtkFaceTrainer
from components.utkface_trainer.executor import RUN_PARAMETERS
from components.utkface_transform.component import UtkFaceTransform
from pipeline.bulk_inferrer import TEST, make_bulk_inferrer
from pipeline.eval_config import make_eval_config
from pipeline.gate_inputs import (
    digest_schema,
    make_drift_validator,
    make_skew_validator,
    make_stats_options,
)
from pipeline.run_parameters import RunParameters
from pipeline.settings.config import PipelineConfig


@dataclass(frozen=True, kw_only=True)
class Destinations:
    """Where the pipeline reads and writes.

    Attributes:
      pipeline_root: the folder of the artifacts; may be on an object store.
      serving: the folder that models are pushed to; see components.serving.folder.
      history: the folder of models and statistics of earlier runs.
      checkpoints: the folder of checkpoints that an interrupted training resumes from.
      schema_file: the schema file as the components see it.
      metadata: the connection to the metadata store; None if the runner provides it.
    """

    pipeline_root: str
    serving: str
    history: str
    checkpoints: str
    schema_file: str
    metadata: metadata_store_pb2.ConnectionConfig | None = None


def create_pipeline(
    config: PipelineConfig, destinations: Destinations, parameters: RunParameters
) -> Pipeline:
    """Builds the pipeline; nothing runs yet.

    Args:
      config: the settings.
      destinations: where the pipeline reads and writes.
      parameters: values that override the settings of the same names.

    Raises:
      InputError: if there are no files at `parameters.data`, or a file named in the ingest
        settings is invalid.
    """
    # Finds the results of earlier runs before this run writes its own.
    splits = config.splits.model_dump_json()
    lookup = HistoryLookup(
        history=destinations.history,
        serving=destinations.serving,
        warm_start=config.trainer.warm_start,
        splits=splits,
    ).with_id("HistoryLookup")

    # Reads files and their labels into examples, in three splits.
    example_gen = UtkFaceExampleGen(
        data=parameters.data,
        span=parameters.span,
        plan=IngestPlan.of(config.ingest, config.splits.model_dump()),
    )
    examples = example_gen.outputs["examples"]

    # Describes each split.
    statistics_gen = UtkFaceStatisticsGen(
        examples=examples, stats_options=make_stats_options(config.schema_file)
    ).with_id("StatisticsGen")
    plots = DistributionPlots(examples=examples).with_id("DistributionPlots")

    # Compares each split with the curated schema.
    schema_gen = ImportSchemaGen(schema_file=destinations.schema_file)
    schema = schema_gen.outputs["schema"]
    # Labels that may be ranges may also be missing.
    ranged = config.ingest.labels.ranged
    relaxed = None
    if ranged:
        relaxed = RelaxedSchema(labels=" ".join(ranged), schema=schema).with_id("RelaxedSchema")
        schema = relaxed.outputs["relaxed"]
    validator = ExampleValidator(statistics=statistics_gen.outputs["statistics"], schema=schema)

    # Compares the train split with the train split accepted last, and the labels of the other
    # splits with those of the train split.
    statistics = statistics_gen.outputs["statistics"]
    drift = make_drift_validator(config.gate, statistics, lookup.outputs["statistics"])
    skew = make_skew_validator(config.gate, statistics)

    # Decides; the keeper stops the run if the gate says so.
    schema_digest = digest_schema(config.schema_file)
    gate = DataGate(
        settings=config.gate.model_dump_json(),
        schema=schema_digest,
        accepted_because=parameters.accept_anomalies,
        rebalance=config.trainer.rebalance,
        rebalance_max_weight=config.trainer.rebalance_max_weight,
        ledger=example_gen.outputs["ledger"],
        statistics=statistics,
        baseline=lookup.outputs["statistics"],
        anomalies=validator.outputs["anomalies"],
        drift=drift.outputs["anomalies"],
        skew=skew.outputs["anomalies"],
    ).with_id("DataGate")
    keeper = GateKeeper(report=gate.outputs["report"]).with_id("GateKeeper")
    statistics_recorder = StatisticsRecorder(
        history=destinations.history,
        schema=schema_digest,
        examples=examples,
        statistics=statistics,
    ).with_id("StatisticsRecorder")
    statistics_recorder.add_upstream_nodes([lookup, keeper])

    # Trains and measures on the last spans together if the settings ask for it.
    window = None
    if config.window > 1:
        window = SpanWindow(
            history=destinations.history, spans=config.window, examples=examples
        ).with_id("SpanWindow")
        window.add_upstream_nodes([lookup, keeper])
        examples = window.outputs["window"]

    # Decodes and resizes the images; the normalization is computed over the train split alone.
    transform = UtkFaceTransform(
        examples=examples, schema=schema, image_size=config.image_size
    ).with_id("Transform")
    transform.add_upstream_node(keeper)

    # Trains the heads of all tasks; a warm start reads the training state that the lookup found.
    training_state = lookup.outputs["training_state"] if config.trainer.uses_warm_start else None
    trainer = UtkFaceTrainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        hyperparameters=config.trainer.model_dump(),
        run_parameters={name: getattr(parameters, name) for name in RUN_PARAMETERS},
        training_state=training_state,
        checkpoints=destinations.checkpoints,
    ).with_id("Trainer")
    model = trainer.outputs["model"]

    # Predicts the test split, which training never saw, through the serving signature: with the new
    # model, and with the model blessed last if there is one.
    predictions = make_bulk_inferrer(examples, model).with_id("BulkInferrer")
    baseline_predictions = make_bulk_inferrer(
        examples, lookup.outputs["model"], lookup.outputs["blessing"]
    ).with_id("BaselineBulkInferrer")
    # Its predictions are needed only if there is a new model, so the training does not wait for it.
    baseline_predictions.add_upstream_node(trainer)
    predicted = predictions.outputs["output_examples"]

    # Measures the predictions slice by slice, each task on the examples that have its label.
    evaluated, known = predicted, None
    if ranged:
        known = KnownLabels(labels=" ".join(ranged), examples=predicted).with_id("KnownLabels")
        evaluated = known.outputs["marked"]
    evaluator = Evaluator(
        examples=evaluated,
        model=model,
        eval_config=make_eval_config(config.thresholds, ranged),
        example_splits=[TEST],
    )

    # Measures fairness for each group; its blessing decides whether the model is pushed.
    fairness = FairnessReport(
        settings=config.fairness.model_dump_json(),
        accepted_because=parameters.accept_unfairness,
        examples=examples,
        model=model,
        predictions=predicted,
        baseline_predictions=baseline_predictions.outputs["output_examples"],
        blessed_model=lookup.outputs["model"],
        measured_before=lookup.outputs["measured"],
        evaluation=evaluator.outputs["evaluation"],
        evaluator_blessing=evaluator.outputs["blessing"],
    ).with_id("FairnessReport")
    blessing = fairness.outputs["blessing"]

    # Publishes the model if it is blessed, once the files that will be served predict as before.
    pusher = Pusher(
        serving=destinations.serving,
        keep=config.serving.keep,
        model=model,
        model_blessing=blessing,
        predictions=predicted,
    ).with_id("Pusher")

    # Records the model once it is published.
    model_recorder = ModelRecorder(
        history=destinations.history,
        splits=splits,
        examples=examples,
        model=model,
        model_run=trainer.outputs["model_run"],
        figures=fairness.outputs["figures"],
        pushed=pusher.outputs["pushed_model"],
    ).with_id("ModelRecorder")
    model_recorder.add_upstream_node(lookup)

    # Describes the model for its users.
    card = ModelCard(
        pipeline=config.pipeline_name,
        data=parameters.data,
        ledger=example_gen.outputs["ledger"],
        gate=gate.outputs["report"],
        model_run=trainer.outputs["model_run"],
        model=model,
        figures=fairness.outputs["figures"],
        pushed=pusher.outputs["pushed_model"],
    ).with_id("ModelCard")
    # No step comes between the push of a model and its record.
    card.add_upstream_node(model_recorder)

    return Pipeline(
        pipeline_name=config.pipeline_name,
        pipeline_root=destinations.pipeline_root,
        components=[
            lookup,
            example_gen,
            statistics_gen,
            plots,
            schema_gen,
            *([relaxed] if relaxed else []),
            validator,
            drift,
            skew,
            gate,
            keeper,
            statistics_recorder,
            *([window] if window else []),
            transform,
            trainer,
            predictions,
            baseline_predictions,
            *([known] if known else []),
            evaluator,
            fairness,
            pusher,
            model_recorder,
            card,
        ],
        # TFX's cache key omits the code behind a dotted path. The local runner adds it, and turns
        # the cache on: see pipeline.engines.local.caching.
        enable_cache=False,
        metadata_connection_config=destinations.metadata,
        beam_pipeline_args=config.beam_arguments(),
    )
