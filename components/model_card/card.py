"""The model card: what a model is, what it is for, and whom it fails, for those who would use it.

Its sections are those of the Model Card Toolkit; Mitchell et al., "Model Cards for Model
Reporting", FAT* 2019.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2

from components.fairness.display import SHOWN, format_interval, summary_rows
from components.fairness.document import Verdict
from components.fairness.reason import format_reason
from components.html.page import render
from components.html.visible import visible_text
from components.ingest.ledger.summary import IngestSummary
from trainer import features
from trainer.groups import INTERSECTION
from trainer.tasks import TASKS, Kind, Task

_PACKAGE = "components.model_card"
_CROSSED = [attribute.key for attribute in INTERSECTION]


@dataclass(frozen=True)
class Table:
    """A table of words."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A part of the card.

    Attributes:
      title: of the part.
      paragraphs: sentences.
      points: a list.
      table: at the end; None if there is none.
    """

    title: str
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    table: Table | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a run did, as its artifacts tell.

    Attributes:
      pipeline: its name.
      data: where the pictures came from.
      ingest: what came of them.
      warnings: what the data gate found worth a look.
      history: of the training; see trainer.fit.training_curves.
      figures: the fairness figures; see components.fairness.document.
      pushed_to: the folder of the pushed model; empty if it was not pushed.
      lineage: the URIs of what the card is made of, by what they are.
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
    """Returns the card as Markdown; what is not ours in it cannot become markup."""
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
    """Returns the card's parts, in order."""
    return [
        _details(facts),
        _parameters(facts.history),
        _data(facts),
        _analysis(facts.figures),
        _uses(),
        _limits(facts),
        _ethics(),
    ]


def _details(facts: Facts) -> Section:
    verdict = Verdict.from_dict(facts.figures["verdict"])
    if not verdict.blessed:
        told = "It was not blessed, and not published: do not use it."
    elif verdict.reasons:
        told = (
            f"It was published although it fails a group; {verdict.accepted_by} accepted that: "
            f"{verdict.accepted_because}"
        )
    else:
        told = "It was published: it misses no bound by more than chance explains."
    return Section(
        "Model details",
        paragraphs=[
            f"Predicts the {_and(task.name for task in TASKS)} that a picture of a face would "
            "be labelled with in UTKFace.",
            told,
        ],
        points=[
            f"Pipeline {facts.pipeline}",
            f"Published to {facts.pushed_to or 'nowhere'}",
            f"Blessed before it: {verdict.blessed_before or 'none'}",
            *(f"{what}: {uri}" for what, uri in facts.lineage.items()),
            *(f"Not met: {format_reason(reason)}" for reason in verdict.reasons),
        ],
    )


def _parameters(history: Mapping[str, Any]) -> Section:
    settings = dict(history["hyperparameters"])
    settings["augmentation"] = settings["augmentation"]["method"]
    pretrained = settings.pop("pretrained", {})
    if settings.get("architecture") == "pretrained":
        settings |= {f"pretrained {name}": value for name, value in pretrained.items()}
    rows = [
        (name, "its default" if value is None else str(value)) for name, value in settings.items()
    ]
    size = history["image_size"]
    began = history["warm_start"] and history["warm_start"]["from"]
    return Section(
        "Model parameters",
        paragraphs=[
            f"Takes pictures of faces, resized to {size} by {size} pixels in RGB. Answers with "
            f"{_and(map(_answer, TASKS))}.",
            f"Of {len(history['epochs'])} epochs it is the one that did best on the eval split, "
            f"epoch {history['best_epoch']}. It began "
            + (f"with what {began} had learnt." if began else "from scratch."),
        ],
        table=Table(("setting", "value"), rows),
    )


def _answer(task: Task) -> str:
    if task.kind is Kind.REGRESSION:
        return f"the {task.name} in {task.unit}"
    if task.kind is Kind.BINARY:
        return f"the probability of {task.classes[1]}"
    return f"a probability each of {', '.join(task.classes)}"


def _known(task: Task) -> str:
    return f"{len(task.classes)} values of {task.name}"


def _and(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _pictures(figures: Mapping[str, Any]) -> dict[str, int]:
    """Returns by split how many pictures the figures come of, all spans of a window together."""
    groups = [row["examples"] for row in figures["composition"] if [*row["by"]] == _CROSSED[:1]]
    return {split: sum(one[split] for one in groups) for split in features.SPLITS}


def _join(splits: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in splits.items())


def _data(facts: Facts) -> Section:
    ingest = facts.ingest
    splits = {name: split.examples for name, split in ingest.splits.items()}
    together = _pictures(facts.figures)
    return Section(
        "Data",
        paragraphs=[
            "UTKFace (Zhang, Song and Qi, CVPR 2017) is for non-commercial research. Its labels "
            "are perceived ones: they were estimated by an algorithm, DEX, and "
            "checked by an annotator. They are not what people say of themselves.",
            *([ingest.note] if ingest.note else []),
        ],
        points=[
            f"From {', '.join(facts.data)}",
            f"{ingest.listed:,} files, of which {ingest.quarantined:,} are not used",
            f"Pictures by split: {_join(splits)}; pictures that look alike never straddle splits",
            *(
                [f"Trained and measured together with earlier spans: {_join(together)}"]
                if sum(together.values()) > sum(splits.values())
                else []
            ),
        ],
        table=Table(
            ("used pictures by", "value", "count"),
            [
                (attribute.replace("_", " "), value, f"{count:,}")
                for attribute, counts in ingest.distributions.items()
                for value, count in counts.items()
            ],
        ),
    )


def _analysis(figures: Mapping[str, Any]) -> Section:
    return Section(
        "Quantitative analysis",
        paragraphs=[
            f"On {figures['examples']:,} pictures of the test split, with 95% intervals. Of "
            f"slices of fewer than {figures['min_examples']} pictures little can be said.",
        ],
        table=Table(
            ("slice", "pictures", *(shown.display_title for shown in SHOWN.values())),
            [
                (
                    row["slice"] + (" (too few)" if row["too_small"] else ""),
                    f"{row['examples']:,}",
                    *(format_interval(row, key) for key in SHOWN),
                )
                for row in summary_rows(figures)
            ],
        ),
    )


def _uses() -> Section:
    return Section(
        "Uses",
        points=[
            "Meant for research on how models of faces fail people, and for trying out a pipeline.",
            "Out of scope: any decision about a person, identification, access, hiring, policing, "
            "advertising, and the inference of anybody's identity or origin.",
            "Guidance on Fairness Indicators calls classifiers of such traits ill-advised. This "
            "one is here to be measured, not to be used on people.",
        ],
    )


def _limits(facts: Facts) -> Section:
    small = [
        row["slice"]
        for row in facts.figures["slices"]
        if row["too_small"] and row["by"] == _CROSSED
    ]
    points = [
        f"{_and(_known(task) for task in TASKS if task.classes)} are all it knows: it is wrong "
        "about everybody else.",
        *(
            f"The {task.name} of small children cannot be told by their faces."
            for task in TASKS
            if task.judged_from_age
        ),
        "It was measured on pictures of the same source that it learnt from: cropped, mostly "
        "frontal, of the web. On others it does worse.",
    ]
    if small:
        points.append(f"Too few test pictures to say how it does on: {'; '.join(small)}")
    points += [f"The data gate said: {line}" for line in facts.warnings]
    return Section("Limits", points=points)


def _ethics() -> Section:
    return Section(
        "Ethical considerations",
        points=[
            "To be sorted by perceived traits can hurt, whether rightly or wrongly.",
            "The people on the pictures were not asked. Pictures can be taken down: see "
            "schema/takedowns.txt, and train from scratch afterwards.",
            "Errors fall unevenly: the table above and the fairness report say on whom.",
        ],
    )


def _plain(value: Any) -> Any:
    """Keeps a text of others on its line and out of the markup."""
    if not isinstance(value, str):
        return value
    text = " ".join(visible_text(value).split())
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text
