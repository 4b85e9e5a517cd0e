"""Asks a pushed model about pictures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.utkface_example_gen import images
from components.utkface_example_gen.rejection import RejectedFile
from pipeline.quiet import quiet_stderr
from trainer import features

_SIGNATURE = "serving_bytes"
_BATCH_SIZE = 64


@dataclass(frozen=True)
class Prediction:
    """What a model says of a face.

    Attributes:
      age: whole years, never below 0.
      gender: the more probable of trainer.features.GENDERS.
      race: the most probable of trainer.features.RACES.
      gender_probabilities: by word; they sum to 1.
      race_probabilities: by word; they sum to 1.
    """

    age: int
    gender: str
    race: str
    gender_probabilities: dict[str, float]
    race_probabilities: dict[str, float]

    @classmethod
    def of(cls, age: float, female: float, races: Sequence[float]) -> "Prediction":
        """Reads one row of the model's outputs, as trainer.models.build gives them."""
        genders = dict(zip(features.GENDERS, (1.0 - female, female), strict=True))
        by_race = dict(zip(features.RACES, races, strict=True))
        return cls(
            age=max(0, round(age)),
            gender=max(genders, key=genders.__getitem__),
            race=max(by_race, key=by_race.__getitem__),
            gender_probabilities=genders,
            race_probabilities=by_race,
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def load_images(paths: Sequence[Path]) -> list[bytes]:
    """Reads picture files, repaired as those were that the model was trained on.

    Raises:
      OSError: if one cannot be read.
      ValueError: if one is no picture; the message names it.
    """
    contents = []
    for path in paths:
        try:
            picture = images.examine(path.read_bytes(), images.ImageLimits())
        except RejectedFile as error:
            raise ValueError(f"{path}: {error.detail}") from None
        contents.append(picture.data)
    return contents


@quiet_stderr()
def predict_images(model: Path, contents: Sequence[bytes]) -> list[Prediction]:
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
        predictions += [Prediction.of(*row) for row in rows]
    return predictions
