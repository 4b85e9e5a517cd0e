"""What a model answered about each example of a split."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from components.errors import InputError
from trainer import features

# The probability of `female` above which the answer is `female`.
GENDER_THRESHOLD = 0.5
_PROBABILITY_SLACK = 1e-3


@dataclass(frozen=True)
class Outcomes:
    """Labels and answers, an example a row.

    Attributes:
      age: the labels, int64 [n], years.
      gender: the labels, int64 [n], indices into trainer.features.GENDERS.
      race: the labels, int64 [n], indices into trainer.features.RACES.
      age_answer: float64 [n], years.
      female: float64 [n], the probability of the gender 1.
      races: float64 [n, 5], a probability a race.
    """

    age: np.ndarray
    gender: np.ndarray
    race: np.ndarray
    age_answer: np.ndarray
    female: np.ndarray
    races: np.ndarray

    def __len__(self) -> int:
        return len(self.age)

    @property
    def gender_answer(self) -> np.ndarray:
        """The answers, int64 [n]."""
        return (self.female > GENDER_THRESHOLD).astype(np.int64)

    @property
    def race_answer(self) -> np.ndarray:
        """The answers, int64 [n]."""
        return self.races.argmax(axis=1)

    @classmethod
    def of(
        cls, labels: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray], *, model: str
    ) -> "Outcomes":
        """Takes labels and the outputs of a signature, and checks them.

        Args:
          labels: by trainer.features.LABEL_KEYS, int64 [n].
          outputs: by the keys of trainer.features.OUTPUT_LABELS; [n, 1], and [n, 5] of the race.
          model: whose they are, for the messages.

        Raises:
          InputError: if an output is missing, of another shape, no number, or no probability.
        """
        n = len(labels[features.AGE_KEY])
        widths = {
            features.AGE_OUTPUT: 1,
            features.GENDER_OUTPUT: 1,
            features.RACE_OUTPUT: len(features.RACES),
        }
        found: dict[str, np.ndarray] = {}
        for name, width in widths.items():
            found[name] = _check(outputs.get(name), name, (n, width), model)
        for name in (features.GENDER_OUTPUT, features.RACE_OUTPUT):
            _check_probabilities(found[name], name, model)
        return cls(
            age=np.asarray(labels[features.AGE_KEY], np.int64),
            gender=np.asarray(labels[features.GENDER_KEY], np.int64),
            race=np.asarray(labels[features.RACE_KEY], np.int64),
            age_answer=found[features.AGE_OUTPUT][:, 0],
            female=found[features.GENDER_OUTPUT][:, 0],
            races=found[features.RACE_OUTPUT],
        )


def _check(output: np.ndarray | None, name: str, shape: tuple[int, int], model: str) -> np.ndarray:
    if output is None:
        raise InputError(
            f"{model}: expected an output {name}; found none. Train the model anew with this "
            "release."
        )
    if output.shape != shape:
        raise InputError(
            f"{model}: expected {name} to be {list(shape)}; found {list(output.shape)}."
        )
    bad = int((~np.isfinite(output)).any(axis=1).sum())
    if bad:
        raise InputError(
            f"{model}: expected numbers for {name}; found none of {bad:,} of {shape[0]:,} "
            "examples (NaN or infinite). Such a model must not be served: look at its training "
            "curves."
        )
    return output.astype(np.float64)


def _check_probabilities(output: np.ndarray, name: str, model: str) -> None:
    if not len(output):
        return
    low, high = float(output.min()), float(output.max())
    sums = output.sum(axis=1)
    off = output.shape[1] > 1 and bool((np.abs(sums - 1) > _PROBABILITY_SLACK).any())
    if low < 0 or high > 1 or off:
        raise InputError(
            f"{model}: expected {name} to be probabilities; found values from {low:.4g} to "
            f"{high:.4g}, with sums from {sums.min():.4g} to {sums.max():.4g}."
        )
