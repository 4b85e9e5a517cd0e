"""FairnessReport: measures a model on slices, and blesses it if it misses no bound."""

from tfx.components.evaluator import constants
from tfx.components.util import model_utils
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts
from tfx.utils import io_utils

from components.fairness import artifact
from components.fairness.artifact import FairnessFigures
from components.fairness.document import Verdict, make_document, write_document
from components.fairness.judge.evaluator import read_failures
from components.fairness.judge.judgment import find_shortfalls, judge
from components.fairness.measure.bootstrap import measure
from components.fairness.measure.composition import count_images
from components.fairness.measure.predictions import read_predictions
from components.fairness.reason import format_reason
from components.fairness.report.headline import FILE as HEADLINE_FILE
from components.fairness.report.headline import read_headlines
from components.fairness.report.page import render_page
from components.fairness.settings import FairnessSettings
from components.history.artifact import ENTRY, FOUND, MeasuredModels
from components.user import user_name


@component
def FairnessReport(
    settings: Parameter[str],
    accepted_because: Parameter[str],
    examples: InputArtifact[standard_artifacts.Examples],
    model: InputArtifact[standard_artifacts.Model],
    predictions: InputArtifact[standard_artifacts.Examples],
    baseline_predictions: InputArtifact[standard_artifacts.Examples],
    blessed_model: InputArtifact[standard_artifacts.Model],
    measured_before: InputArtifact[MeasuredModels],
    evaluation: InputArtifact[standard_artifacts.ModelEvaluation],
    evaluator_blessing: InputArtifact[standard_artifacts.ModelBlessing],
    figures: OutputArtifact[FairnessFigures],
    blessing: OutputArtifact[standard_artifacts.ModelBlessing],
) -> None:
    """Measures the candidate and the model blessed last on the test split.

    TFMA measures slices, and the Evaluator compares the whole test split with thresholds. This
    component adds intervals at a low cost, bounds only for slices that are large enough, and a
    check of whether chance explains a miss.

    Args:
      settings: FairnessSettings, in JSON.
      accepted_because: why to publish a model that misses bounds here; empty to refuse it. It does
        not override a refusal by the Evaluator.
      examples: raw examples.
      model: the candidate.
      predictions: predictions of the candidate, from BulkInferrer.
      baseline_predictions: predictions of the model blessed last, from BulkInferrer; empty if
        there is none.
      blessed_model: the model blessed last, from HistoryLookup.
      measured_before: headline figures of earlier runs, from HistoryLookup.
      evaluation: evaluation of the Evaluator.
      evaluator_blessing: blessing of the Evaluator.
      figures: figures.json, fairness.html, the headline for the history, and the first reason as
        a property.
      blessing: given if the Evaluator blesses the model, and no bound is missed or the misses are
        accepted.

    Raises:
      InputError: if predictions are missing or invalid.
      RuntimeError: if examples are missing.
    """
    bounds = FairnessSettings.model_validate_json(settings)
    accepted_because = accepted_because.strip()
    predicted = read_predictions(predictions, examples, model=model.uri)
    measured = measure(predicted)
    has_baseline = blessed_model.get_int_custom_property(FOUND)
    before = None
    if has_baseline:
        baseline = read_predictions(baseline_predictions, examples, model=blessed_model.uri)
        before = measure(baseline, measures=bounds.compared_measures)
    judgment = judge(measured, before, bounds)
    missed = [*judgment.reasons, *find_shortfalls(measured, before, bounds.improvement)]
    accepted = bool(missed and accepted_because)
    verdict = Verdict(
        blessed=model_utils.is_model_blessed(evaluator_blessing) and (accepted or not missed),
        reasons=(*read_failures(evaluation.uri, measured), *missed),
        accepted_because=accepted_because if accepted else "",
        accepted_by=user_name() if accepted else "",
        blessed_before=blessed_model.get_string_custom_property(ENTRY) if has_baseline else None,
    )
    document = make_document(
        predicted,
        measured,
        judgment,
        verdict,
        bounds,
        span=examples.span,
        before=before,
        composition=count_images(examples),
        earlier=read_headlines(measured_before.uri),
    )
    headline_folder = f"{figures.uri}/{artifact.HEADLINE_FOLDER}"
    fileio.makedirs(headline_folder)
    write_document(f"{headline_folder}/{HEADLINE_FILE}", document["trend"][-1])
    write_document(f"{figures.uri}/{artifact.FIGURES_FILE}", document)
    with fileio.open(f"{figures.uri}/{artifact.PAGE_FILE}", "w") as file:
        file.write(render_page(document))
    _set_properties(figures, verdict)
    _bless(blessing, model, blessed=verdict.blessed)


def _set_properties(figures: FairnessFigures, verdict: Verdict) -> None:
    figures.set_int_custom_property(artifact.MISSED, len(verdict.reasons))
    first = verdict.reasons[0] if verdict.reasons else None
    texts = {
        artifact.FIRST_REASON: format_reason(first) if first else "",
        artifact.FIRST_REASON_TITLE: first.title if first else "",
        artifact.ACCEPTED_BY: verdict.accepted_by,
        artifact.ACCEPTED_BECAUSE: verdict.accepted_because,
    }
    for name, text in texts.items():
        if text:
            figures.set_string_custom_property(name, text)


def _bless(
    blessing: standard_artifacts.ModelBlessing,
    model: standard_artifacts.Model,
    *,
    blessed: bool,
) -> None:
    """Writes a blessing for the Pusher, in the format of the Evaluator."""
    name = constants.BLESSED_FILE_NAME if blessed else constants.NOT_BLESSED_FILE_NAME
    io_utils.write_string_file(f"{blessing.uri}/{name}", "")
    value = constants.BLESSED_VALUE if blessed else constants.NOT_BLESSED_VALUE
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, value)
    blessing.set_string_custom_property(
        constants.ARTIFACT_PROPERTY_CURRENT_MODEL_URI_KEY, model.uri
    )
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY, model.id)
