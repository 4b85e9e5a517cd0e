"""Runs the pipeline on this machine; the runner file for `tfx pipeline create`.

    tfx pipeline create --engine local --pipeline_path pipeline/engines/local/runner.py
    tfx run create --engine local --pipeline_name utkface

The environment variable UTKFACE_CONFIG names the YAML file with the settings.
"""

import contextlib
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tfx.dsl.compiler import constants
from tfx.dsl.io import fileio
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2

from components.data_gate.artifact import PAGE_FILE, GateReport
from components.data_gate.report import read_warnings
from components.fairness.artifact import FIGURES_FILE
from components.fairness.artifact import PAGE_FILE as FAIRNESS_PAGE_FILE
from components.fairness.document import read_document
from components.ingest.outcome import ledger_place, read_rows, read_summary
from components.model_card.artifact import PAGE_FILE as MODEL_CARD_PAGE_FILE
from components.storage import files, object_store
from pipeline.acceptances import NOTHING, Acceptances
from pipeline.compat.beam_internals import report_lost_workers
from pipeline.compat.beam_loopback import listen_on_loopback
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.console.progress import show_progress
from pipeline.console.report import Report, print_report, write_report
from pipeline.console.stopping import stop_signals
from pipeline.create_pipeline import Destinations, create_pipeline
from pipeline.engines.local.caching.reuse import reuse_results
from pipeline.engines.local.component_events import log_components
from pipeline.engines.local.recording import record_run
from pipeline.engines.local.run_results import RunResults
from pipeline.engines.local.staging import stage_artifacts
from pipeline.engines.local.workers import check_workers
from pipeline.engines.staged_paths import to_local
from pipeline.layout import RootLayout
from pipeline.root.metadata_store import connection_config
from pipeline.root.place import check_root_outside_data
from pipeline.root.run_folder import Run, open_run
from pipeline.root.storage import RootStorage
from pipeline.run_parameters import RunParameters
from pipeline.settings.config import PipelineConfig, load_config_of_environment
from trainer.fit.training_curves import read_history
from trainer.image_format import ImageFormat
from trainer.models.pretrained import make_backbone

_QUARANTINED_SHOWN = 5
# Outputs to copy to the folder of the run.
_SHOWN = ("DistributionPlots.plots", "ModelCard.card")
# Pages in other outputs, which no browser can open on an object store.
_PAGES = {"DataGate.report": PAGE_FILE, "FairnessReport.figures": FAIRNESS_PAGE_FILE}


class ReportingDagRunner(LocalDagRunner):
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
            artifacts = RootStorage.of(Path(self._config.root), self._config.artifacts).artifacts
            runtime_parameter_utils.substitute_runtime_parameter(
                pipeline, {constants.PIPELINE_ROOT_PARAMETER_NAME: to_local(artifacts, run.copies)}
            )
            report_lost_workers()
            listen_on_loopback()
            staged = self._config.artifacts is not None
            with (
                record_run(self._config, pipeline, run.run_id) as read_results,
                log_components(),
                reuse_results(pipeline, enabled=self._config.cache, artifacts=artifacts),
                stage_artifacts(run.copies) if staged else contextlib.nullcontext(),
                show_progress(run.console),
            ):
                super().run_with_ir(pipeline, run_options)
            results = read_results()
            self.report = make_report(results, run)
            write_report(self.report, run.reports, _files_to_show(results))
            print_report(self.report, run.console)


def make_report(results: RunResults, run: Run) -> Report:
    """Collects the results in the artifacts of a finished run."""
    ledger = results.uris["UtkFaceExampleGen.ledger"]
    pushed = results.properties["Pusher.pushed_model"]
    pushed_to = str(pushed["pushed_destination"]) if pushed.get("pushed") else None
    places = {"model": pushed_to} if pushed_to else {}
    figures = read_document(f"{results.uris['FairnessReport.figures']}/{FIGURES_FILE}")
    places |= {
        "ledger": ledger_place(ledger),
        "data gate": _page("DataGate.report", results, run),
        "statistics": results.uris["StatisticsGen.statistics"],
        "evaluation": results.uris["Evaluator.evaluation"],
        "fairness": _page("FairnessReport.figures", results, run),
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


def _page(output: str, results: RunResults, run: Run) -> str:
    """Returns the path of a page: in its artifact, or a copy if the artifact is on a store."""
    uri, page = results.uris[output], _PAGES[output]
    return str(run.reports / page) if files.is_remote(uri) else f"{uri}/{page}"


def _files_to_show(results: RunResults) -> Iterator[str]:
    """Yields the files to copy to the reports of the run."""
    for output in _SHOWN:
        uri = results.uris[output]
        yield from (f"{uri}/{name}" for name in fileio.listdir(uri))
    for output, page in _PAGES.items():
        if files.is_remote(results.uris[output]):
            yield f"{results.uris[output]}/{page}"


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


def local_pipeline(config: PipelineConfig, accepted: Acceptances = NOTHING) -> Pipeline:
    """Returns the pipeline with its metadata as the settings say, and its artifacts likewise."""
    layout = RootLayout(Path(config.root))
    storage = RootStorage.of(layout.root, config.artifacts)
    destinations = Destinations(
        pipeline_root=storage.artifacts,
        serving=storage.serving,
        history=storage.history,
        checkpoints=storage.checkpoints,
        schema_file=config.schema_file,
        metadata=connection_config(layout.root, config.metadata),
    )
    return create_pipeline(config, destinations, RunParameters.fixed(config, accepted))


def main() -> ExitCode:
    """Runs the pipeline with the settings in UTKFACE_CONFIG; an error prints one line."""
    with stop_signals() as signals:
        try:
            config = load_config_of_environment()
            check_root_outside_data(config.root, config.data)
            check_workers(config)
            report = run_locally(config)
        except (Exception, KeyboardInterrupt) as error:
            code, message = explain(signals.cause_of(error))
            print(message, file=sys.stderr)
            return code
    return ExitCode.PUSHED if report is None or report.pushed_to else ExitCode.NOT_BLESSED
