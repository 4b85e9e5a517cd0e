"""The section of the card about the training and its settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.html.table import Table
from components.model_card.section import Section
from trainer.settings.base import flatten
from trainer.settings.hyperparameters import Hyperparameters


@dataclass(frozen=True)
class Training:
    """Facts about the training of a model.

    Attributes:
      section: the section of the card.
      image_size: pixels per side of the training images.
      warm_started_from: the model whose weights the training started from; empty if none.
    """

    section: Section
    image_size: int
    warm_started_from: str

    @classmethod
    def of(cls, history: Mapping[str, Any]) -> "Training":
        """Selects the facts of a history.

        Args:
          history: see trainer.fit.training_curves.

        Raises:
          AttributeError, KeyError, TypeError: if a value is missing or has another type.
        """
        warm_start = history["warm_start"]
        started_from = warm_start["from"] if warm_start else ""
        if not isinstance(started_from, str):
            raise TypeError("expected the name of a model")
        return cls(_make_section(history), history["image_size"], started_from)


def _make_section(history: Mapping[str, Any]) -> Section:
    """Returns the epoch, the start, and the settings; settings with defaults are collapsed."""
    defaults = flatten(Hyperparameters().model_dump(mode="json"))
    changed: dict[str, Any] = {}
    default: dict[str, Any] = {}
    for name, value in flatten(history["hyperparameters"]).items():
        is_default = name in defaults and defaults[name] == value
        (default if is_default else changed)[name] = value
    start = "the weights of an earlier model" if history["warm_start"] else "scratch"
    return Section(
        "Training",
        paragraphs=[
            f"The weights are those of epoch {history['best_epoch']} of {len(history['epochs'])}, "
            f"the best on the eval split. Training started from {start}.",
            *([] if changed else ["Every setting has its default value."]),
        ],
        table=_settings_table("Settings that differ from their defaults", changed),
        details=_settings_table("Settings with their default values", default),
    )


def _settings_table(title: str, settings: Mapping[str, Any]) -> Table | None:
    if not settings:
        return None
    rows = [
        (name, value if isinstance(value, str) else json.dumps(value))
        for name, value in settings.items()
    ]
    return Table(title=title, headings=("Setting", "Value"), rows=rows)
