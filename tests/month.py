"""A month of incoming data: seven spans of drawn faces, some of them faulty."""

import random
from pathlib import Path

from pipeline.tools.sample import write_samples

# Settings of `utkface retrain`. A few epochs are enough to learn drawn faces.
SETTINGS = {
    "trainer": {
        "architecture": "shared",
        "epochs": 8,
        "batch_size": 32,
        "augmentation": {"method": "none"},
    },
    "window": 2,
    # With so few faces, some groups are empty.
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
      data: the data path, with the placeholder {SPAN}.
      settings: the settings of the pipeline.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self.data = f"{folder}/{{SPAN}}"
        self.settings = {**SETTINGS, "retrain": {"complete_when": f"{self.data}/{_MARKER}"}}

    def arrive(self, span: int) -> None:
        """Writes a span as it arrives in its week; the late span has no marker yet."""
        folder = self._folder / str(span)
        if span == EMPTY:
            folder.mkdir(parents=True)
        else:
            write_samples(folder, count=_COUNT * (2 if span == WORSE else 1), seed=100 + span)
        chance = random.Random(span)
        for path in sorted(folder.iterdir()):
            age, gender, rest = path.name.split("_", 2)
            if span == POISONED:
                # All ages rise, up to the maximum age.
                age = str(min(116, int(age) + _YEARS_TOO_MANY))
            elif span == WORSE and chance.random() < 0.5:
                # The label distributions stay the same.
                gender = str(1 - int(gender))
            path.rename(folder / f"{age}_{gender}_{rest}")
        if span != LATE:
            self.finish(span)

    def finish(self, span: int) -> None:
        """Marks a span as complete."""
        (self._folder / str(span) / _MARKER).touch()
