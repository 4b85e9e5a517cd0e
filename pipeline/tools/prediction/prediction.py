"""Predicts on images with a pushed model."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.console.quiet import quiet_stderr
from pipeline.settings.prediction import PredictionSettings
from pipeline.tools.prediction.image_files import EncodedImage
from trainer.tasks import TASKS, Kind

_SIGNATURE = "serving_bytes"
_BATCH_SIZE = 64

_NO_THRESHOLDS = PredictionSettings()

# For a task: a number, the probability of the second of two classes, or a probability per class.
_Output = float | Sequence[float]
# Maps encoded images to a row each, with an output for each of TASKS.
_Predict = Callable[[Sequence[bytes]], list[tuple[_Output, ...]]]


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
    def of(cls, *outputs: _Output, settings: PredictionSettings = _NO_THRESHOLDS) -> "Prediction":
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
            likeliest = max(by_class, key=by_class.__getitem__)
            certain = by_class[likeliest] >= settings.threshold_of(task)
            values[task.name] = likeliest if certain else None
        return cls(values, probabilities)

    def to_dict(self) -> dict[str, Any]:
        """Returns the values by task, and the probabilities by TASK_probabilities."""
        probabilities = {
            _PROBABILITIES.format(name): dict(by_class)
            for name, by_class in self.probabilities.items()
        }
        return {**self.values, **probabilities}


_PROBABILITIES = "{}_probabilities"
_FIELDS = (
    *(task.name for task in TASKS),
    *(_PROBABILITIES.format(task.name) for task in TASKS if task.classes),
)


@dataclass(frozen=True)
class ImageResult:
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
    model: Path, files: Iterable[EncodedImage], settings: PredictionSettings = _NO_THRESHOLDS
) -> Iterator[ImageResult]:
    """Predicts on image files in their order, with one batch in memory at a time.

    The model is loaded with the first usable file.
    """
    predict: _Predict | None = None
    # Python 3.12 has itertools.batched.
    files = iter(files)
    while batch := list(itertools.islice(files, _BATCH_SIZE)):
        contents = [file.data for file in batch if file.data is not None]
        if contents and predict is None:
            predict = _load(model)
        rows = iter(predict(contents) if contents and predict else ())
        for file in batch:
            prediction = (
                None if file.data is None else Prediction.of(*next(rows), settings=settings)
            )
            yield ImageResult(file.path, prediction, file.reason)


@quiet_stderr()
def _load(model: Path) -> _Predict:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(model))

    @quiet_stderr()
    def predict(contents: Sequence[bytes]) -> list[tuple[_Output, ...]]:
        # A signature does not keep the loaded model alive.
        outputs = loaded.signatures[_SIGNATURE](image_bytes=tf.constant(list(contents)))
        columns = (outputs[task.output_key].numpy() for task in TASKS)
        rows = ((column[:, 0] if column.shape[1] == 1 else column).tolist() for column in columns)
        return list(zip(*rows, strict=True))

    return predict
