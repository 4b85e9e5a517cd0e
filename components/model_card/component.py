"""ModelCard: what a model does, whom it fails, and what it is not for."""

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components.damaged_files import name_damaged
from components.data_gate.artifact import GateReport
from components.data_gate.report import read_warnings
from components.fairness.artifact import FIGURES_FILE, FairnessFigures
from components.fairness.document import read_document
from components.ingest.outcome import read_summary
from components.model_card.artifact import MARKDOWN_FILE, PAGE_FILE, ModelCards
from components.model_card.card import make_sections
from components.model_card.formats import to_markdown, to_page
from components.model_card.training import Training
from components.utkface_example_gen.artifact import Ledger
from trainer.fit.training_curves import HISTORY_FILE, read_history


@component
def ModelCard(
    pipeline: Parameter[str],
    data: Parameter[str],
    ledger: InputArtifact[Ledger],
    gate: InputArtifact[GateReport],
    model_run: InputArtifact[standard_artifacts.ModelRun],
    model: InputArtifact[standard_artifacts.Model],
    figures: InputArtifact[FairnessFigures],
    pushed: InputArtifact[standard_artifacts.PushedModel],
    card: OutputArtifact[ModelCards],
) -> None:
    """Writes the card of a model, published or not, as Markdown and as a page.

    Args:
      pipeline: name of the pipeline.
      data: data paths, one per line.
      ledger: ledger of the ingest.
      gate: report of the data gate.
      model_run: model run of the Trainer.
      model: model of the Trainer.
      figures: figures of FairnessReport.
      pushed: pushed model of the Pusher.
      card: folder of both files.

    Raises:
      InputError: if one of the files that the card describes is damaged.
    """
    is_pushed = pushed.get_int_custom_property("pushed")
    ingest, warnings = read_summary(ledger.uri), read_warnings(gate)
    with name_damaged(f"{model_run.uri}/{HISTORY_FILE}", "the history of a training"):
        training = Training.of(read_history(model_run.uri))
    path = f"{figures.uri}/{FIGURES_FILE}"
    document = read_document(path)
    with name_damaged(path, "fairness figures"):
        sections = make_sections(
            pipeline=pipeline,
            data=data.split("\n"),
            ingest=ingest,
            warnings=warnings,
            training=training,
            figures=document,
            pushed_to=pushed.get_string_custom_property("pushed_destination") if is_pushed else "",
            lineage={
                "Model": model.uri,
                "Training": model_run.uri,
                "Ledger": ledger.uri,
                "Fairness figures": figures.uri,
            },
        )
    for name, text in ((MARKDOWN_FILE, to_markdown(sections)), (PAGE_FILE, to_page(sections))):
        with fileio.open(f"{card.uri}/{name}", "w") as file:
            file.write(text)
