"""The main figures of a model, kept in the history so that runs can be compared."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pydantic import FiniteFloat, TypeAdapter
from tfx.dsl.io import fileio

from components.fairness.display import PAGE_MEASURES, rank
from trainer.groups import INTERSECTION

FORMAT = 1
FILE = "headline.json"
_WORST_OF = tuple(attribute.key for attribute in INTERSECTION)


@dataclass(frozen=True)
class _Worst:
    slice: str
    value: FiniteFloat


@dataclass(frozen=True)
class _Estimate:
    value: FiniteFloat | None
    low: FiniteFloat | None
    high: FiniteFloat | None
    worst: _Worst | None


@dataclass(frozen=True)
class _Headline:
    time: str
    blessed: bool
    measures: dict[str, _Estimate]


# Figures show these values of earlier runs.
_HEADLINES = TypeAdapter(_Headline)


def make_headline(document: Mapping[str, Any], *, span: int) -> dict[str, Any]:
    """Returns each measure of the page over all examples, and its worst group.

    Args:
      document: see components.fairness.document.
      span: span of the data.
    """
    overall = document["slices"][0]["measures"]
    measures = {}
    for key in PAGE_MEASURES:
        worst, *_ = *rank(document, _WORST_OF, key), None
        measures[key] = {
            **overall[key],
            "worst": worst and {"slice": worst["slice"], "value": worst["measures"][key]["value"]},
        }
    return {
        "format": FORMAT,
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "span": span,
        "examples": document["examples"],
        "blessed": document["verdict"]["blessed"],
        "measures": measures,
    }


def read_headlines(folder: str) -> list[dict[str, Any]]:
    """Returns the headlines of earlier runs, oldest first; others and damaged ones are left out.

    Args:
      folder: contains a folder for each run, whose names sort by age; it may be missing.
    """
    headlines = []
    names = fileio.listdir(folder) if fileio.isdir(folder) else []
    for name in sorted(name.rstrip("/") for name in names):
        with fileio.open(f"{folder}/{name}/{FILE}", "rb") as file:
            data = file.read()
        with contextlib.suppress(ValueError, RecursionError):
            _HEADLINES.validate_json(data, strict=True)
            headline = json.loads(data)
            if headline.get("format") == FORMAT:
                headlines.append(headline)
    return headlines
