"""The content of a model card, before it becomes Markdown or a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.html.table import Table
from components.ingest.ledger.summary import IngestSummary


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
