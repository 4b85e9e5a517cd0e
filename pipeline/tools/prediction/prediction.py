"""Predicts on images with a pushed model."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.console.quiet import quiet_stderr
from pipeline.settings.prediction import PredictionSettings
from pipeline.tools.prediction.picture_files import PictureFile
from trainer.tasks import TASKS, Kind

_SIGNATURE = "serving_bytes"
_BATCH_SIZE = 64

GIVE_ALL = PredictionSettings()

# For a task: a number, the probability of the second of two classes, or a probability per class.
_Output = float | Sequence[float]
# Maps encoded images to one row each, with an output for each of TASKS.
_Ask = Callable[[Sequence[bytes]], list[tuple[_Output, ...]]]


@dataclass(frozen=True)
class Prediction:
    """The prediction of a model for a face.

    Attributes:
      values: by the name of each task: for a regression an integer, at least the minimum of the
        task; otherwise the most probable class, or None if its probability is below the
        threshold.
      probabilities: by the name of each task with classes, and by class; they sum to 1.
    """

    values: dict[str, int | str | None]
    probabilities: dict[str, dict[str, float]]

    @classmethod
    def of(cls, *outputs: _Output, settings: PredictionSettings = GIVE_ALL) -> "Prediction":
        """Reads one row of the model's outputs, in the order of TASKS; see trainer.models.build."""
        values: dict[str, int | str | None] = {}
        probabilities = {}
        for task, output in zip(TASKS, outputs, strict=True):
            if isinstance(output, float) and task.kind is Kind.REGRESSION:
                values[task.name] = max(task.minimum, round(output))
                continue
            shares = (1.0 - output, output) if isinstance(output, float) else output
            by_class = dict(zip(task.classes, shares, strict=True))
            probabilities[task.name] = by_class
            values[task.name] = _likeliest(by_class, settings.least_of(task))
        return cls(values, probabilities)

    def to_dict(self) -> dict[str, Any]:
        """Returns the values by task, and the probabilities by TASK_probabilities."""
        named = {_PROBABILITIES.format(name): dict(one) for name, one in self.probabilities.items()}
        return {**self.values, **named}


_PROBABILITIES = "{}_probabilities"
_FIELDS = (
    *(task.name for task in TASKS),
    *(_PROBABILITIES.format(task.name) for task in TASKS if task.classes),
)


def _likeliest(probabilities: Mapping[str, float], least: float) -> str | None:
    word = max(probabilities, key=probabilities.__getitem__)
    return word if probabilities[word] >= least else None


@dataclass(frozen=True)
class Answer:
    """The result for an image file.

    Attributes:
      path: the path of the file.
      prediction: None if the file cannot be used.
      reason: why it cannot be used; otherwise empty.
    """

    path: str
    prediction: Prediction | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        values = self.prediction.to_dict() if self.prediction else dict.fromkeys(_FIELDS)
        return {"image": self.path, **values, "error": self.reason or None}


def predict_files(
    model: Path, files: Iterable[PictureFile], settings: PredictionSettings = GIVE_ALL
) -> Iterator[Answer]:
    """Predicts on image files in their order, with one batch in memory at a time.

    The model is loaded with the first usable file.
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
            prediction = (
                None if file.data is None else Prediction.of(*next(rows), settings=settings)
            )
            yield Answer(file.path, prediction, file.reason)


@quiet_stderr()
def _load(model: Path) -> _Ask:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(model))

    @quiet_stderr()
    def ask(contents: Sequence[bytes]) -> list[tuple[_Output, ...]]:
        # A signature does not keep the loaded model alive.
        outputs = loaded.signatures[_SIGNATURE](image_bytes=tf.constant(list(contents)))
        columns = (outputs[task.output_key].numpy() for task in TASKS)
        rows = ((one[:, 0] if one.shape[1] == 1 else one).tolist() for one in columns)
        return list(zip(*rows, strict=True))

    return ask
