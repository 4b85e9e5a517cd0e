"""Asks a pushed model about pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.utkface_example_gen import images
from components.utkface_example_gen.rejection import RejectedFile
from pipeline.prediction_settings import PredictionSettings
from pipeline.quiet import quiet_stderr
from trainer import features

_SIGNATURE = "serving_bytes"
_BATCH_SIZE = 64

DEFAULT_LIMITS = images.ImageLimits()
GIVE_ALL = PredictionSettings()


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


def load_images(paths: Sequence[Path], limits: images.ImageLimits = DEFAULT_LIMITS) -> list[bytes]:
    """Reads picture files, repaired as those were that the model was trained on.

    Args:
      paths: of the files.
      limits: what a picture may be, as of the ingest.

    Raises:
      OSError: if one cannot be read.
      ValueError: if one is no picture; the message names it.
    """
    contents = []
    for path in paths:
        try:
            picture = images.examine(path.read_bytes(), limits)
        except RejectedFile as error:
            raise ValueError(f"{path}: {error.detail}") from None
        contents.append(picture.data)
    return contents


@quiet_stderr()
def predict_images(
    model: Path, contents: Sequence[bytes], settings: PredictionSettings = GIVE_ALL
) -> list[Prediction]:
    """Asks the model about encoded pictures, in their order."""
    import tensorflow as tf

    signature = tf.saved_model.load(str(model)).signatures[_SIGNATURE]
    predictions = []
    for start in range(0, len(contents), _BATCH_SIZE):
        batch = tf.constant(list(contents[start : start + _BATCH_SIZE]))
        outputs = signature(image_bytes=batch)
        rows = zip(
            outputs[features.AGE_OUTPUT].numpy()[:, 0].tolist(),
            outputs[features.GENDER_OUTPUT].numpy()[:, 0].tolist(),
            outputs[features.RACE_OUTPUT].numpy().tolist(),
            strict=True,
        )
        predictions += [Prediction.of(*row, settings) for row in rows]
    return predictions
