"""The model card: what a model does, whom it fails, and what it is not for.

Source: Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from components.fairness.document import Verdict
from components.html.table import Table
from components.html.words import listed, number
from components.ingest.ledger.summary import IngestSummary
from components.model_card.performance import make_failures, make_results
from components.model_card.section import Section
from components.model_card.training import Training
from trainer import features
from trainer.groups import INTERSECTION
from trainer.tasks import TASKS, Kind, Task

_USES = Section(
    "What it is for, and what it is not for",
    points=[
        "For research on how face models fail people, and for learning to build a pipeline.",
        "Not for any decision about a person, nor for identification, access control, hiring, "
        "policing, advertising, or inferring anyone's identity or origin.",
        "The guidance of Fairness Indicators advises against classifying such traits. This model "
        "exists to be measured, not to be used on people.",
    ],
)
_ETHICS = Section(
    "Ethical considerations",
    points=[
        "Sorting people by perceived traits can hurt them, whether the result is right or wrong.",
        "The people in the images did not consent. To remove an image, add it to "
        "schema/takedowns.txt and train from scratch.",
        "Errors are not evenly distributed: the tables above and the fairness report say whom "
        "they affect.",
    ],
)


def make_sections(
    *,
    pipeline: str,
    data: Sequence[str],
    ingest: IngestSummary,
    warnings: Sequence[str],
    training: Training,
    figures: Mapping[str, Any],
    pushed_to: str,
    lineage: Mapping[str, str],
) -> list[Section]:
    """Returns the sections of the card, in order.

    Args:
      pipeline: name of the pipeline.
      data: data paths.
      ingest: summary of the ingest.
      warnings: findings of the data gate, a line each.
      training: facts about the training.
      figures: fairness figures; see components.fairness.document.
      pushed_to: folder of the pushed model; empty if it was not pushed.
      lineage: URIs of the artifacts behind the card, by name.
    """
    provenance = [
        ("Pipeline", pipeline),
        *(("Data", path) for path in data),
        ("Published to", pushed_to or "not published"),
        ("Blessed before it", figures["verdict"]["blessed_before"] or "none"),
        *([("Warm start", training.warm_started_from)] if training.warm_started_from else []),
        *lineage.items(),
    ]
    return [
        _purpose(figures, training.image_size, ingest.note),
        make_failures(figures),
        _USES,
        make_results(figures),
        _limits(warnings),
        _ETHICS,
        _data(ingest, figures),
        training.section,
        Section(
            "Provenance",
            details=Table(title="Names and paths", headings=("Name", "Value"), rows=provenance),
        ),
    ]


def _purpose(figures: Mapping[str, Any], size: int, note: str) -> Section:
    verdict = Verdict.from_dict(figures["verdict"])
    if not verdict.blessed:
        status = "It is not blessed and not published: do not use it."
    elif verdict.reasons:
        status = (
            f"It is published although it misses bounds; {verdict.accepted_by} accepted the "
            f"misses: {verdict.accepted_because}"
        )
    else:
        status = "It is published: it misses no bound by more than chance explains."
    return Section(
        "What it does",
        paragraphs=[
            f"The model predicts the {listed(task.name for task in TASKS)} that UTKFace would "
            "assign to an image of a face.",
            f"Its input is an image, resized to {size} by {size} pixels in RGB. Its output is "
            f"{listed(map(_output, TASKS))}.",
            status,
            *([note] if note else []),
        ],
    )


def _output(task: Task) -> str:
    if task.kind is Kind.REGRESSION:
        return f"the {task.name} in {task.unit}"
    if task.kind is Kind.BINARY:
        return f"the probability of {task.classes[1]}"
    return f"the probabilities of {listed(task.classes)}"


def _limits(warnings: Sequence[str]) -> Section:
    classes = [f"{len(task.classes)} values of {task.name}" for task in TASKS if task.classes]
    return Section(
        "Limits",
        points=[
            f"It knows only {listed(classes)}: it is wrong about everyone else.",
            *(
                f"The faces of small children do not show their {task.name}."
                for task in TASKS
                if task.judged_from_age
            ),
            "It is measured on images from the same source as its training data: cropped, mostly "
            "frontal, from the web. Expect worse results on other images.",
            *(f"Data gate: {line}" for line in warnings),
        ],
    )


def _data(ingest: IngestSummary, figures: Mapping[str, Any]) -> Section:
    splits = {name: split.examples for name, split in ingest.splits.items()}
    # The figures count the images of all spans of a window.
    by_group = [
        row["examples"] for row in figures["composition"] if [*row["by"]] == [INTERSECTION[0].key]
    ]
    window = {split: sum(counts[split] for counts in by_group) for split in features.SPLITS}
    points = [
        f"{ingest.listed:,} files, of which {ingest.quarantined:,} are not used",
        f"Images by split: {_format_splits(splits)}; images that look alike are in the same split",
    ]
    if sum(window.values()) > sum(splits.values()):
        points.append(f"Trained and measured together with earlier spans: {_format_splits(window)}")
    return Section(
        "Data",
        paragraphs=[
            "UTKFace (Zhang, Song and Qi, CVPR 2017) is for non-commercial research. Its labels "
            "are perceived, not self-reported: an algorithm, DEX, estimated them, and an "
            "annotator checked them.",
        ],
        points=points,
        details=Table(
            title="Used images by group",
            headings=("Attribute", "Value", "Images"),
            rows=[
                (attribute.replace("_", " "), value, number(count))
                for attribute, counts in ingest.distributions.items()
                for value, count in counts.items()
            ],
        ),
    )


def _format_splits(splits: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in splits.items())
