"""The fairness figures as JSON: written by the component, read by pages, commands and people.

`format` changes whenever readers of the previous format would misread the file. Undefined numbers
are null. All intervals are 95% intervals.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from tfx.dsl.io import fileio

from components.errors import InputError
from components.fairness.judge.comparisons import Comparison
from components.fairness.judge.judgment import Judgment, explain
from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.calibration import calibrate, withhold
from components.fairness.measure.cells import Cell, find_atoms, memberships
from components.fairness.measure.changes import find_changes
from components.fairness.measure.disparities import find_disparities, find_odds_differences
from components.fairness.measure.intervals import finite_or_none
from components.fairness.reason import Reason, format_reason
from components.fairness.report.headline import make_headline
from components.fairness.settings import FairnessSettings
from trainer.groups import INTERSECTION
from trainer.measures.columns import Confused
from trainer.measures.registry import BY_KEY, MEASURES
from trainer.predictions import Predictions
from trainer.tasks import TASKS, Task

FORMAT = 1


@dataclass(frozen=True)
class Verdict:
    """The verdict on a model: whether it may be published.

    Attributes:
      blessed: whether the model may be published.
      reasons: why not: first the Evaluator's reasons, then missed bounds, most certain first.
      accepted_because: why a user accepted the missed bounds; empty if not accepted.
      accepted_by: the user who accepted them; empty if not accepted.
      blessed_before: history entry of the model blessed last; None if there is none.
    """

    blessed: bool
    reasons: tuple[Reason, ...]
    accepted_because: str = ""
    accepted_by: str = ""
    blessed_before: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Returns a dict with `reasons` as lines, and their fields as `findings`."""
        lines = [format_reason(reason) for reason in self.reasons]
        findings = [asdict(reason) for reason in self.reasons]
        return {**asdict(self), "reasons": lines, "findings": findings}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Verdict":
        """Restores a verdict from to_dict; figures of earlier releases have only the lines."""
        reasons = [Reason(**fields) for fields in document.get("findings", ())]
        known = {key: value for key, value in document.items() if key != "findings"}
        return cls(**{**known, "reasons": tuple(reasons)})


def make_document(
    predictions: Predictions,
    measured: Measured,
    judgment: Judgment,
    verdict: Verdict,
    settings: FairnessSettings,
    *,
    span: int = 0,
    before: Measured | None = None,
    composition: Sequence[Mapping[str, Any]] = (),
    earlier: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Returns all fairness figures of a model.

    Args:
      predictions: predictions of the model.
      measured: measures of the predictions.
      judgment: judgment on the measures.
      verdict: verdict on the model.
      settings: the bounds.
      span: span of the data.
      before: measures of the model blessed last; None if there is none.
      composition: see components.fairness.measure.composition.count_images.
      earlier: headlines of earlier runs, oldest first; see components.fairness.report.headline.
    """
    resamples = len(next(iter(measured.resampled.values())))
    document = {
        "format": FORMAT,
        "verdict": verdict.to_dict(),
        "missed": [_missed(comparison, judgment.needed) for comparison in judgment.missed],
        "comparisons": {
            "made": judgment.made,
            "confidence": settings.confidence,
            "standard_errors_needed": finite_or_none(judgment.needed),
        },
        "examples": len(predictions),
        "min_examples": settings.min_examples,
        "resamples": resamples,
        "settings": settings.model_dump(mode="json"),
        "measures": [
            {"measure": each.key, "task": each.task.name, "words": each.words, "best": each.best}
            for each in MEASURES
        ],
        "slices": _slices(measured, settings.min_examples),
        "disparities": [
            asdict(disparity)
            for disparity in find_disparities(measured, min_examples=settings.min_examples)
        ],
        "equalised_odds": [
            asdict(difference)
            for difference in find_odds_differences(measured, min_examples=settings.min_examples)
        ],
        "certainty": _certainty(predictions, measured.cells),
        "changes": [
            asdict(change)
            for change in find_changes(measured, before, min_examples=settings.min_examples)
        ],
        "composition": [*composition],
    }
    headline = make_headline(document, span=span)
    return {**document, "trend": [*earlier, headline]}


def write_document(path: str, document: Mapping[str, Any]) -> None:
    """Writes the figures; NaN and infinity raise an error."""
    with fileio.open(path, "w") as file:
        file.write(json.dumps(document, indent=1, allow_nan=False) + "\n")


def read_document(path: str) -> dict[str, Any]:
    """Reads the figures.

    Raises:
      InputError: if the file is not JSON, has another format, or has a number that is not finite.
    """
    with fileio.open(path, "rb") as file:
        data = file.read()
    try:
        document = json.loads(data, parse_float=_finite, parse_constant=_finite, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected the fairness figures as JSON; {error}.") from None
    version = document.get("format") if isinstance(document, dict) else None
    if version != FORMAT:
        raise InputError(
            f"{path}: expected fairness figures of format {FORMAT}; found {version!r}. Another "
            "release wrote them: use that release."
        )
    return dict(document)


def _finite(text: str) -> float:
    """Converts a number; readers format numbers, which fails for NaN and infinity."""
    if not math.isfinite(number := float(text)):
        raise ValueError(f"expected finite numbers; found {text[:20]}")
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _missed(comparison: Comparison, needed: float) -> dict[str, Any]:
    return {
        "kind": comparison.kind,
        **_describe(comparison.cell),
        "measure": comparison.measure.key,
        "value": comparison.value,
        "low": finite_or_none(comparison.interval[0]),
        "high": finite_or_none(comparison.interval[1]),
        "examples": comparison.examples,
        "bound": comparison.bound,
        "against": comparison.against,
        "other": comparison.other,
        "standard_errors": finite_or_none(comparison.certainty),
        "line": format_reason(explain(comparison, needed)),
    }


def _describe(cell: Cell) -> dict[str, Any]:
    return {"slice": cell.name, "by": list(cell.slicing), "values": cell.words}


def _slices(measured: Measured, min_examples: int) -> list[dict[str, Any]]:
    confusions = {
        f"{task.name}_confusion": _confusion(measured, task) for task in TASKS if task.classes
    }
    return [
        {
            **_describe(cell),
            "examples": int(measured.counts[number]),
            "too_small": bool(measured.counts[number] < min_examples),
            "measures": {
                key: {
                    "value": finite_or_none(values[number]),
                    "low": finite_or_none(measured.intervals[key][0][number]),
                    "high": finite_or_none(measured.intervals[key][1][number]),
                    **_count_known(measured, key, number),
                }
                for key, values in measured.observed.items()
            },
            **{key: matrix[:, :, number].tolist() for key, matrix in confusions.items()},
        }
        for number, cell in enumerate(measured.cells)
    ]


def _count_known(measured: Measured, key: str, number: int) -> dict[str, int]:
    """Returns the number of examples with a known label, if the task has unknown labels."""
    known = measured.known.get(BY_KEY[key].task)
    return {} if known is None else {"examples": int(known[number])}


def _confusion(measured: Measured, task: Task) -> np.ndarray:
    """Returns int64 [label, prediction, cells]."""
    codes = range(len(task.classes))
    rows = [
        measured.sums.of(task, *(Confused(label, predicted) for predicted in codes))
        for label in codes
    ]
    return np.rint(rows).astype(np.int64)


def _certainty(predictions: Predictions, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Returns calibration and coverage, overall and by each attribute of INTERSECTION."""
    slicings = ((), *((attribute.key,) for attribute in INTERSECTION))
    reported = [cell for cell in cells if cell.slicing in slicings]
    chosen = memberships(reported)[:, find_atoms(predictions.labels)]
    certainty = []
    for cell, members in zip(reported, chosen, strict=True):
        bins, coverages = calibrate(predictions, members), withhold(predictions, members)
        certainty.append(
            {
                **_describe(cell),
                "tasks": {
                    task: {
                        "calibration": [asdict(each) for each in bins[task]],
                        "coverage": [asdict(each) for each in coverages[task]],
                    }
                    for task in bins
                },
            }
        )
    return certainty
