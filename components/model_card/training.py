"""The section of the card about the training and its settings."""

import json
from collections.abc import Mapping
from typing import Any

from components.html.table import Table
from components.model_card.section import Section
from trainer.settings.base import flatten
from trainer.settings.hyperparameters import Hyperparameters


def make_training(history: Mapping[str, Any]) -> Section:
    """Returns the epoch, the start, and the settings; settings with default values are collapsed.

    Args:
      history: see trainer.fit.training_curves.
    """
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
