"""Runs the pipeline on this machine; the runner file for `tfx pipeline create`.

    tfx pipeline create --engine local --pipeline_path pipeline/engines/local/runner.py
    tfx run create --engine local --pipeline_name utkface

The environment variable UTKFACE_CONFIG names the YAML file with the settings.
"""

import contextlib
import sys
from itertools import islice
from pathlib import Path

from ml_metadata import MetadataStore
from tfx import v1 as tfx
from tfx.dsl.compiler import constants
from tfx.orchestration import metadata
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2

from components.data_gate.artifact import PAGE_FILE, GateReport
from components.data_gate.report import read_warnings
from components.fairness.artifact import FIGURES_FILE
from components.fairness.artifact import PAGE_FILE as FAIRNESS_PAGE_FILE
from components.fairness.document import read_document
from components.ingest.outcome import ledger_place, read_rows, read_summary
from components.model_card.artifact import PAGE_FILE as MODEL_CARD_PAGE_FILE
from components.storage import object_store
from pipeline.acceptances import NOTHING, Acceptances
from pipeline.compat.beam_internals import report_lost_workers
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.console.progress import show_progress
from pipeline.console.report import Report, print_report, write_report
from pipeline.console.stopping import stop_signals
from pipeline.create_pipeline import Destinations, create_pipeline
from pipeline.engines.local.component_events import log_components
from pipeline.engines.local.run_results import RunResults, read_run_results
from pipeline.layout import RootLayout
from pipeline.root.metadata_store import cancel_unfinished
from pipeline.root.place import check_root_outside_data
from pipeline.root.run_folder import Run, open_run
from pipeline.run_parameters import RunParameters
from pipeline.settings.config import PipelineConfig, load_config_of_environment
from trainer.fit.training_curves import read_history
from trainer.image_format import ImageFormat
from trainer.models.pretrained import make_backbone

_QUARANTINED_SHOWN = 5
# Outputs to copy to the folder of the run.
_SHOWN = ("DistributionPlots.plots", "ModelCard.card")


class ReportingDagRunner(tfx.orchestration.LocalDagRunner):
    """TFX's local runner with progress, a log, and a report at the end.

    Attributes:
      report: the report of the run; None until the run has ended.
    """

    def __init__(self, config: PipelineConfig, run: Run | None = None):
        """Creates a runner.

        Args:
          config: the settings of the pipeline.
          run: the run to use; None opens a run when the pipeline runs, so that a `tfx`
            command that only reads the pipeline leaves no folder behind.
        """
        super().__init__()
        self._config = config
        self._run = run
        self.report: Report | None = None

    def run_with_ir(
        self,
        pipeline: pipeline_pb2.Pipeline,
        run_options: pipeline_pb2.RunOptions | None = None,
    ) -> None:
        """Runs a compiled pipeline.

        Raises:
          InputError, DataGateError: see components.errors.
          RuntimeError: if a component did not finish.
        """
        with contextlib.ExitStack() as stack:
            run = self._run or stack.enter_context(open_run(self._config))
            # The run's name in the metadata store is the name of its folder.
            runtime_parameter_utils.substitute_runtime_parameter(
                pipeline, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run.run_id}
            )
            root = Path(self._config.root)
            store = MetadataStore(
                metadata.sqlite_metadata_connection_config(str(RootLayout(root).metadata))
            )
            report_lost_workers()
            # Executions of a run that was killed earlier.
            cancel_unfinished(store)
            try:
                with show_progress(run.console), log_components():
                    super().run_with_ir(pipeline, run_options)
            finally:
                cancel_unfinished(store)
            results = read_run_results(store, run.run_id, nodes=len(pipeline.nodes))
            self.report = make_report(results, run)
            beside = [results.uris[output] for output in _SHOWN]
            write_report(self.report, run.reports, beside)
            print_report(self.report, run.console)


def make_report(results: RunResults, run: Run) -> Report:
    """Collects the results in the artifacts of a finished run."""
    ledger = results.uris["UtkFaceExampleGen.ledger"]
    pushed = results.properties["Pusher.pushed_model"]
    pushed_to = str(pushed["pushed_destination"]) if pushed.get("pushed") else None
    places = {"model": pushed_to} if pushed_to else {}
    gate, fairness = results.uris["DataGate.report"], results.uris["FairnessReport.figures"]
    figures = read_document(f"{fairness}/{FIGURES_FILE}")
    places |= {
        "ledger": ledger_place(ledger),
        "data gate": f"{gate}/{PAGE_FILE}",
        "statistics": results.uris["StatisticsGen.statistics"],
        "evaluation": results.uris["Evaluator.evaluation"],
        "fairness": f"{fairness}/{FAIRNESS_PAGE_FILE}",
        "model card": str(run.reports / MODEL_CARD_PAGE_FILE),
        "reports": str(run.reports),
        "log": str(run.log),
    }
    quarantined = (row for row in read_rows(ledger) if not row.used)
    return Report(
        ingest=read_summary(ledger),
        quarantined=list(islice(quarantined, _QUARANTINED_SHOWN)),
        figures=figures,
        warnings=read_warnings(_gate_report(results)),
        no_warm_start=read_history(results.uris["Trainer.model_run"])["no_warm_start"],
        pushed_to=pushed_to,
        places=places,
    )


def _gate_report(results: RunResults) -> GateReport:
    report = GateReport()
    report.uri = results.uris["DataGate.report"]
    for name, value in results.properties["DataGate.report"].items():
        report.set_string_custom_property(name, str(value))
    return report


def run_locally(
    config: PipelineConfig, run: Run | None = None, accepted: Acceptances = NOTHING
) -> Report | None:
    """Runs the pipeline and returns its report; None if a `tfx` command only read it.

    Args:
      config: the settings of the run.
      run: the run to use; None opens a run.
      accepted: see launch.

    Raises:
      InputError, DataGateError: see components.errors.
      PretrainedError: if the network or the weights in the settings cannot be used.
      RuntimeError: if a component did not finish.
    """
    object_store.register()
    if config.trainer.architecture == "pretrained":
        # Otherwise the training would fail only after the data is transformed.
        make_backbone(config.trainer.pretrained, ImageFormat(config.image_size))
    runner = ReportingDagRunner(config, run)
    runner.run(local_pipeline(config, accepted))
    return runner.report


def local_pipeline(config: PipelineConfig, accepted: Acceptances = NOTHING) -> tfx.dsl.Pipeline:
    """Returns the pipeline with its artifacts and metadata under the root."""
    layout = RootLayout(Path(config.root))
    destinations = Destinations(
        pipeline_root=str(layout.artifacts),
        serving=str(layout.serving),
        history=str(layout.history),
        checkpoints=str(layout.checkpoints),
        schema_file=config.schema_file,
        metadata=metadata.sqlite_metadata_connection_config(str(layout.metadata)),
    )
    return create_pipeline(config, destinations, RunParameters.fixed(config, accepted))


def main() -> ExitCode:
    """Runs the pipeline with the settings in UTKFACE_CONFIG; an error prints one line."""
    with stop_signals() as signals:
        try:
            config = load_config_of_environment()
            check_root_outside_data(config.root, config.data)
            report = run_locally(config)
        except (Exception, KeyboardInterrupt) as error:
            code, message = explain(signals.cause_of(error))
            print(message, file=sys.stderr)
            return code
    return ExitCode.PUSHED if report is None or report.pushed_to else ExitCode.NOT_BLESSED
