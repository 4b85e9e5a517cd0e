"""The model card: what a model does, whom it fails, and what it is not for.

Source: Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2

from components.fairness.display import (
    SHOWN,
    examples_of,
    format_interval,
    summary_rows,
    worst_group,
)
from components.fairness.document import Verdict
from components.fairness.judge.unbounded import find_unbounded, format_unbounded
from components.fairness.reason import format_reason
from components.html.page import render
from components.html.table import Table
from components.html.visible import visible_text
from components.html.words import listed, number
from components.ingest.ledger.summary import IngestSummary
from trainer import features
from trainer.groups import INTERSECTION
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import TASKS, Kind, Task

_PACKAGE = "components.model_card"
_CROSSED = [attribute.key for attribute in INTERSECTION]


@dataclass(frozen=True)
class Section:
    """A section of the card.

    Attributes:
      title: title of the section.
      paragraphs: paragraphs of text.
      points: items of a list.
      table: table below the text; None if there is none.
      details: collapsed table with only its title visible; None if there is none.
    """

    title: str
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    table: Table | None = None
    details: Table | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The contents of a run's artifacts.

    Attributes:
      pipeline: name of the pipeline.
      data: data paths.
      ingest: summary of the ingest.
      warnings: findings of the data gate, a line each.
      history: history of the training; see trainer.fit.training_curves.
      figures: fairness figures; see components.fairness.document.
      pushed_to: folder of the pushed model; empty if it was not pushed.
      lineage: URIs of the artifacts behind the card, by name.
    """

    pipeline: str
    data: Sequence[str]
    ingest: IngestSummary
    warnings: Sequence[str]
    history: Mapping[str, Any]
    figures: Mapping[str, Any]
    pushed_to: str
    lineage: Mapping[str, str]


def to_page(sections: Sequence[Section]) -> str:
    """Returns the card as a page that needs no network."""
    return render("model_card.html", package=_PACKAGE, sections=sections)


def to_markdown(sections: Sequence[Section]) -> str:
    """Returns the card as Markdown; untrusted text cannot become markup."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_PACKAGE),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        finalize=_plain,
    )
    return environment.get_template("model_card.md").render(sections=sections)


def make_sections(facts: Facts) -> list[Section]:
    """Returns the sections of the card, in order."""
    return [
        _purpose(facts),
        _failures(facts.figures),
        _uses(),
        _results(facts.figures),
        _limits(facts),
        _ethics(),
        _data(facts),
        _training(facts.history),
        _provenance(facts),
    ]


def _purpose(facts: Facts) -> Section:
    verdict = Verdict.from_dict(facts.figures["verdict"])
    if not verdict.blessed:
        status = "It is not blessed and not published: do not use it."
    elif verdict.reasons:
        status = (
            f"It is published although it misses bounds; {verdict.accepted_by} accepted that: "
            f"{verdict.accepted_because}"
        )
    else:
        status = "It is published: it misses no bound by more than chance explains."
    size = facts.history["image_size"]
    return Section(
        "What it does",
        paragraphs=[
            f"The model predicts the {listed(task.name for task in TASKS)} with which UTKFace "
            "would label a picture of a face.",
            f"Its input is a picture, resized to {size} by {size} pixels in RGB. Its output is "
            f"{listed(map(_output, TASKS))}.",
            status,
            *([facts.ingest.note] if facts.ingest.note else []),
        ],
    )


def _output(task: Task) -> str:
    if task.kind is Kind.REGRESSION:
        return f"the {task.name} in {task.unit}"
    if task.kind is Kind.BINARY:
        return f"the probability of {task.classes[1]}"
    return f"the probabilities of {listed(task.classes)}"


def _failures(figures: Mapping[str, Any]) -> Section:
    verdict = Verdict.from_dict(figures["verdict"])
    overall = figures["slices"][0]
    worst = [(key, row) for key in SHOWN if (row := worst_group(figures, key))]
    small = [
        row["slice"] for row in figures["slices"] if row["too_small"] and row["by"] == _CROSSED
    ]
    return Section(
        "Whom it fails",
        points=[
            *(f"Bound missed: {format_reason(reason)}" for reason in verdict.reasons),
            *(f"No bound: {format_unbounded(one)}" for one in find_unbounded(figures)),
            *(
                [
                    f"Too few test pictures to judge, fewer than {figures['min_examples']}: "
                    f"{'; '.join(small)}"
                ]
                if small
                else []
            ),
        ],
        table=Table(
            title="The worst group by each measure",
            headings=("Measure", "All", "Worst group", "Value of the worst group", "Pictures"),
            rows=[
                (
                    SHOWN[key].display_title,
                    format_interval(overall, key),
                    row["slice"],
                    format_interval(row, key),
                    number(examples_of(row, key)),
                )
                for key, row in worst
            ],
        )
        if worst
        else None,
    )


def _uses() -> Section:
    return Section(
        "What it is for, and what it is not for",
        points=[
            "For research on how face models fail people, and for learning to build a pipeline.",
            "Not for any decision about a person, nor for identification, access control, hiring, "
            "policing, advertising, or inferring anyone's identity or origin.",
            "The guidance of Fairness Indicators advises against classifying such traits. This "
            "model exists to be measured, not to be used on people.",
        ],
    )


def _results(figures: Mapping[str, Any]) -> Section:
    return Section(
        "Results",
        paragraphs=[
            f"Measured on {figures['examples']:,} pictures of the test split, with 95% intervals. "
            f"Fewer than {figures['min_examples']} pictures are too few to judge a group.",
        ],
        table=Table(
            title="Results by group",
            headings=("Group", "Pictures", *(one.display_title for one in SHOWN.values())),
            rows=[
                (
                    row["slice"] + (" (too few)" if row["too_small"] else ""),
                    number(row["examples"]),
                    *(format_interval(row, key) for key in SHOWN),
                )
                for row in summary_rows(figures)
            ],
        ),
    )


def _limits(facts: Facts) -> Section:
    classes = [f"{len(task.classes)} values of {task.name}" for task in TASKS if task.classes]
    return Section(
        "Limits",
        points=[
            f"It knows only {listed(classes)}: it is wrong about everybody else.",
            *(
                f"The faces of small children do not show their {task.name}."
                for task in TASKS
                if task.judged_from_age
            ),
            "It is measured on pictures from the same source as its training data: cropped, mostly "
            "frontal, from the web. Expect worse results on other pictures.",
            *(f"Data gate: {line}" for line in facts.warnings),
        ],
    )


def _ethics() -> Section:
    return Section(
        "Ethical considerations",
        points=[
            "Sorting people by perceived traits can hurt them, whether the result is right or "
            "wrong.",
            "The people in the pictures did not consent. To remove a picture, add it to "
            "schema/takedowns.txt and train from scratch.",
            "Errors are not evenly distributed: the tables above and the fairness report say whom "
            "they affect.",
        ],
    )


def _data(facts: Facts) -> Section:
    ingest = facts.ingest
    splits = {name: split.examples for name, split in ingest.splits.items()}
    together = _pictures(facts.figures)
    return Section(
        "Data",
        paragraphs=[
            "UTKFace (Zhang, Song and Qi, CVPR 2017) is for non-commercial research. Its labels "
            "are perceived, not self-reported: an algorithm, DEX, estimated them, and an "
            "annotator checked them.",
        ],
        points=[
            f"{ingest.listed:,} files, of which {ingest.quarantined:,} are not used",
            f"Pictures by split: {_join(splits)}; pictures that look alike are in one split",
            *(
                [f"Trained and measured together with earlier spans: {_join(together)}"]
                if sum(together.values()) > sum(splits.values())
                else []
            ),
        ],
        details=Table(
            title="Used pictures by group",
            headings=("Attribute", "Value", "Pictures"),
            rows=[
                (attribute.replace("_", " "), value, number(count))
                for attribute, counts in ingest.distributions.items()
                for value, count in counts.items()
            ],
        ),
    )


def _pictures(figures: Mapping[str, Any]) -> dict[str, int]:
    """Returns the number of images by split in the figures, over all spans of a window."""
    groups = [row["examples"] for row in figures["composition"] if [*row["by"]] == _CROSSED[:1]]
    return {split: sum(one[split] for one in groups) for split in features.SPLITS}


def _join(splits: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in splits.items())


def _training(history: Mapping[str, Any]) -> Section:
    settings = dict(_flatten(history["hyperparameters"]))
    defaults = dict(_flatten(Hyperparameters().model_dump(mode="json")))
    changed = {
        name: value
        for name, value in settings.items()
        if name not in defaults or defaults[name] != value
    }
    start = "the weights of an earlier model" if history["warm_start"] else "scratch"
    return Section(
        "Training",
        paragraphs=[
            f"The weights are those of epoch {history['best_epoch']} of {len(history['epochs'])}, "
            f"the best on the eval split. Training started from {start}.",
            *([] if changed else ["Every setting has its default value."]),
        ],
        table=_settings("Settings that differ from their defaults", changed),
        details=_settings(
            "Settings with their default values",
            {name: value for name, value in settings.items() if name not in changed},
        ),
    )


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields each setting with its dotted name, such as `augmentation.method`."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _settings(title: str, settings: Mapping[str, Any]) -> Table | None:
    if not settings:
        return None
    rows = [
        (name, value if isinstance(value, str) else json.dumps(value))
        for name, value in settings.items()
    ]
    return Table(title=title, headings=("Setting", "Value"), rows=rows)


def _provenance(facts: Facts) -> Section:
    start = facts.history["warm_start"]
    rows = [
        ("Pipeline", facts.pipeline),
        *(("Data", path) for path in facts.data),
        ("Published to", facts.pushed_to or "not published"),
        ("Blessed before it", facts.figures["verdict"]["blessed_before"] or "none"),
        *([("Warm start", start["from"])] if start else []),
        *facts.lineage.items(),
    ]
    return Section(
        "Provenance",
        details=Table(title="Names and paths", headings=("Name", "Value"), rows=rows),
    )


def _plain(value: Any) -> Any:
    """Keeps untrusted text on one line, and escapes markup in it."""
    if not isinstance(value, str):
        return value
    text = " ".join(visible_text(value).split())
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text
