"""Asks a pushed model about pictures."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.picture_files import PictureFile
from pipeline.prediction_settings import PredictionSettings
from pipeline.quiet import quiet_stderr
from trainer import features

_SIGNATURE = "serving_bytes"
_BATCH_SIZE = 64

GIVE_ALL = PredictionSettings()

# From encoded pictures to the age, the probability of `female`, and those of the races.
_Ask = Callable[[Sequence[bytes]], list[tuple[float, float, list[float]]]]


@dataclass(frozen=True)
class Prediction:
    """What a model says of a face.

    Attributes:
      age: whole years, never below 0.
      gender: the more probable of trainer.features.GENDERS; None if that is not certain enough.
      race: the most probable of trainer.features.RACES, or None likewise.
      gender_probabilities: by word; they sum to 1.
      race_probabilities: by word; they sum to 1.
    """

    age: int
    gender: str | None
    race: str | None
    gender_probabilities: dict[str, float]
    race_probabilities: dict[str, float]

    @classmethod
    def of(
        cls,
        age: float,
        female: float,
        races: Sequence[float],
        settings: PredictionSettings = GIVE_ALL,
    ) -> "Prediction":
        """Reads one row of the model's outputs, as trainer.models.build gives them."""
        genders = dict(zip(features.GENDERS, (1.0 - female, female), strict=True))
        by_race = dict(zip(features.RACES, races, strict=True))
        return cls(
            age=max(0, round(age)),
            gender=_likeliest(genders, settings.min_gender_certainty),
            race=_likeliest(by_race, settings.min_race_certainty),
            gender_probabilities=genders,
            race_probabilities=by_race,
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def _likeliest(probabilities: Mapping[str, float], least: float) -> str | None:
    word = max(probabilities, key=probabilities.__getitem__)
    return word if probabilities[word] >= least else None


@dataclass(frozen=True)
class Answer:
    """What became of a file that was asked about.

    Attributes:
      path: of the file.
      prediction: None if the file cannot be used.
      reason: why it cannot be used; empty otherwise.
    """

    path: str
    prediction: Prediction | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        values = vars(self.prediction) if self.prediction else dict.fromkeys(_FIELDS)
        return {"image": self.path, **values, "error": self.reason or None}


_FIELDS = [field.name for field in fields(Prediction)]


def predict_files(
    model: Path, files: Iterable[PictureFile], settings: PredictionSettings = GIVE_ALL
) -> Iterator[Answer]:
    """Asks the model about picture files, in their order; a batch at a time is in memory.

    The model is loaded with the first file that can be used.
    """
    ask: _Ask | None = None
    # Python 3.12 has itertools.batched.
    files = iter(files)
    while batch := list(itertools.islice(files, _BATCH_SIZE)):
        contents = [file.data for file in batch if file.data is not None]
        if contents and ask is None:
            ask = _load(model)
        rows = iter(ask(contents) if contents and ask else ())
        for file in batch:
            prediction = None if file.data is None else Prediction.of(*next(rows), settings)
            yield Answer(file.path, prediction, file.reason)


@quiet_stderr()
def _load(model: Path) -> _Ask:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(model))

    @quiet_stderr()
    def ask(contents: Sequence[bytes]) -> list[tuple[float, float, list[float]]]:
        # A signature does not keep alive what it was loaded with.
        outputs = loaded.signatures[_SIGNATURE](image_bytes=tf.constant(list(contents)))
        return list(
            zip(
                outputs[features.AGE_OUTPUT].numpy()[:, 0].tolist(),
                outputs[features.GENDER_OUTPUT].numpy()[:, 0].tolist(),
                outputs[features.RACE_OUTPUT].numpy().tolist(),
                strict=True,
            )
        )

    return ask
