"""The main figures of a model, kept in the history so that runs can be compared."""

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from tfx.dsl.io import fileio

from components.fairness.display import PAGE_MEASURES, rank
from trainer.groups import INTERSECTION

FORMAT = 1
FILE = "headline.json"
_WORST_OF = tuple(attribute.key for attribute in INTERSECTION)


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
    """Returns the headlines of earlier runs, oldest first; other formats are left out.

    Args:
      folder: contains a folder for each run, whose names sort by age; it may be missing.
    """
    headlines = []
    names = fileio.listdir(folder) if fileio.isdir(folder) else []
    for name in sorted(name.rstrip("/") for name in names):
        with fileio.open(f"{folder}/{name}/{FILE}", "r") as file:
            try:
                headline = json.loads(file.read())
            except ValueError:
                continue
        if isinstance(headline, dict) and headline.get("format") == FORMAT:
            headlines.append(headline)
    return headlines
