"""The model card: what a model is, what it is for, and whom it fails, for those who would use it.

Its sections are those of the Model Card Toolkit; Mitchell et al., "Model Cards for Model
Reporting", FAT* 2019.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from components.fairness.told import SHOWN, say_interval
from components.html.page import render
from components.html.visible import visible_text
from pipeline.config import PipelineConfig
from pipeline.report import Report
from trainer import features

MARKDOWN_FILE, PAGE_FILE = "model_card.md", "model_card.html"
_PACKAGE = "pipeline"
_SLICINGS: tuple[list[str], ...] = ([], ["race"], ["gender"], ["race", "gender"], ["age_band"])


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


def write_model_card(
    folder: Path, config: PipelineConfig, report: Report, document: Mapping[str, Any], run: str
) -> None:
    """Writes the card of a run's model, as Markdown and as a page.

    Args:
      folder: of the run's reports.
      config: what the run was told.
      report: what it came to.
      document: the fairness figures, of components.fairness.document.
      run: its name.
    """
    sections = make_sections(config, report, document, run)
    (folder / MARKDOWN_FILE).write_text(to_markdown(sections), encoding="utf-8")
    page = render("model_card.html", package=_PACKAGE, sections=sections, run=run)
    (folder / PAGE_FILE).write_text(page, encoding="utf-8")


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
    return environment.get_template(MARKDOWN_FILE).render(sections=sections)


def make_sections(
    config: PipelineConfig, report: Report, document: Mapping[str, Any], run: str
) -> list[Section]:
    """Returns the card's parts, in order."""
    return [
        _details(config, report, run),
        _parameters(config),
        _data(config, report),
        _analysis(document),
        _uses(),
        _limits(document, report),
        _ethics(),
    ]


def _details(config: PipelineConfig, report: Report, run: str) -> Section:
    verdict = report.verdict
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
            "Tells the age, the gender and the race that a picture of a face would be labelled "
            "with in UTKFace.",
            told,
        ],
        points=[
            f"Pipeline {config.pipeline_name}, run {run}",
            f"Published to {report.pushed_to or 'nowhere'}",
            f"Blessed before it: {verdict.blessed_before or 'none'}",
            *(f"Not met: {reason}" for reason in verdict.reasons),
        ],
    )


def _parameters(config: PipelineConfig) -> Section:
    trainer = config.trainer.model_dump(mode="json")
    augmentation = trainer.pop("augmentation")["method"]
    rows = [
        (name, "its default" if value is None else str(value)) for name, value in trainer.items()
    ]
    return Section(
        "Model parameters",
        paragraphs=[
            "Takes pictures of faces, made smaller to 96 by 96 pixels in RGB. Answers with an age "
            f"in years, the probability of {features.GENDERS[1]}, and a probability each of "
            f"{', '.join(features.RACES)}.",
        ],
        table=Table(("setting", "value"), [*rows, ("augmentation", augmentation)]),
    )


def _data(config: PipelineConfig, report: Report) -> Section:
    ingest = report.ingest
    splits = ", ".join(f"{name} {split.examples:,}" for name, split in ingest.splits.items())
    return Section(
        "Data",
        paragraphs=[
            "UTKFace (Zhang, Song and Qi, CVPR 2017) is for non-commercial research. Its labels "
            "are perceived ones: age, gender and race were estimated by an algorithm, DEX, and "
            "checked by an annotator. They are not what people say of themselves.",
            *([report.note] if report.note else []),
        ],
        points=[
            f"From {', '.join(config.data)}",
            f"{ingest.listed:,} files, of which {ingest.quarantined:,} are not used",
            f"Pictures by split: {splits}; pictures that look alike never straddle splits",
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


def _analysis(document: Mapping[str, Any]) -> Section:
    rows = [row for row in document["slices"] if row["by"] in _SLICINGS and row["examples"]]
    return Section(
        "Quantitative analysis",
        paragraphs=[
            f"On {document['examples']:,} pictures of the test split, with 95% intervals. Of "
            f"slices of fewer than {document['min_examples']} pictures little can be said.",
        ],
        table=Table(
            ("slice", "pictures", *(shown.title for shown in SHOWN.values())),
            [
                (
                    row["slice"] + (" (too few)" if row["too_small"] else ""),
                    f"{row['examples']:,}",
                    *(say_interval(row, key) for key in SHOWN),
                )
                for row in rows
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
            "Guidance on Fairness Indicators calls classifiers of race ill-advised. This one is "
            "here to be measured, not to be used on people.",
        ],
    )


def _limits(document: Mapping[str, Any], report: Report) -> Section:
    small = [
        row["slice"]
        for row in document["slices"]
        if row["too_small"] and row["by"] == ["race", "gender"]
    ]
    points = [
        "Five races and two genders are all it knows: it is wrong about everybody else.",
        "The gender of small children cannot be told by their faces.",
        "It was measured on pictures of the same source that it learnt from: cropped, mostly "
        "frontal, of the web. On others it does worse.",
    ]
    if small:
        points.append(f"Too few test pictures to say how it does on: {'; '.join(small)}")
    points += [f"The data gate said: {line}" for line in report.warnings]
    return Section("Limits", points=points)


def _ethics() -> Section:
    return Section(
        "Ethical considerations",
        points=[
            "To be sorted by perceived race or gender can hurt, whether rightly or wrongly.",
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
