"""A month of data that arrives: seven spans of drawn faces, not all of them as they should be."""

import random
from pathlib import Path

from pipeline.tools.sample import write_samples

# What `utkface retrain` is told. Drawn faces are soon learnt.
SETTINGS = {
    "trainer": {
        "architecture": "shared",
        "epochs": 8,
        "batch_size": 32,
        "augmentation": {"method": "none"},
    },
    "window": 2,
    # Some groups of so few faces are empty.
    "gate": {"train_cells": {"warn": 0, "stop": 0}},
    "thresholds": {"max_age_mae": 30, "min_gender_accuracy": 0.7, "min_race_accuracy": 0},
}
POISONED, EMPTY, LATE, WORSE = 2, 4, 5, 7
SPANS = range(1, 8)
PUSHED = (1, 3, 6)
MEASURED = (*PUSHED, WORSE)

_MARKER = "_SUCCESS"
_COUNT = 260
_YEARS_TOO_MANY = 20


class Month:
    """The data of a month.

    Attributes:
      data: the data path, with room for a span.
      settings: of the pipeline.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self.data = f"{folder}/{{SPAN}}"
        self.settings = {**SETTINGS, "retrain": {"complete_when": f"{self.data}/{_MARKER}"}}

    def arrive(self, span: int) -> None:
        """Lays a span down as a week would bring it; the late one has no marker yet."""
        folder = self._folder / str(span)
        if span == EMPTY:
            folder.mkdir(parents=True)
        else:
            write_samples(folder, count=_COUNT * (2 if span == WORSE else 1), seed=100 + span)
        chance = random.Random(span)
        for path in sorted(folder.iterdir()):
            age, gender, rest = path.name.split("_", 2)
            if span == POISONED:
                # Everybody is older, up to the greatest age that there is.
                age = str(min(116, int(age) + _YEARS_TOO_MANY))
            elif span == WORSE and chance.random() < 0.5:
                # No distribution moves.
                gender = str(1 - int(gender))
            path.rename(folder / f"{age}_{gender}_{rest}")
        if span != LATE:
            self.finish(span)

    def finish(self, span: int) -> None:
        """Says that a span is whole."""
        (self._folder / str(span) / _MARKER).touch()
