"""From an examined file to a tf.Example, and back from a record to what identifies it."""

import hashlib
from collections.abc import Sequence

import tensorflow as tf

from components.ingest.examine import Examined
from components.ingest.labels.names import own_name
from trainer import features
from trainer.groups import ATTRIBUTES

# The others are labels themselves.
_DERIVED = tuple(found for found in ATTRIBUTES if found.key not in features.LABEL_KEYS)
_BYTES = (features.IMAGE_KEY, features.FILE_NAME_KEY, *(found.key for found in _DERIVED))
_INTEGERS = (*features.LABEL_KEYS, features.WIDTH_KEY, features.HEIGHT_KEY)
_FLOATS = (features.BRIGHTNESS_KEY, features.CONTRAST_KEY, features.SHARPNESS_KEY)


class Encoder:
    """Makes records of files.

    Two examples are filled again and again, one with a colour and one without: to build one
    takes five times as long.
    """

    def __init__(self) -> None:
        self._plain = _Template(_FLOATS)
        self._coloured = _Template((*_FLOATS, features.COLOUR_KEY))

    def to_record(self, found: Examined) -> bytes:
        """Returns a serialised example with the raw features of trainer.features.

        The same file gives the same bytes in every process.
        """
        picture, labels = found.picture, found.labels
        assert picture is not None and labels is not None
        template = self._plain if picture.colour is None else self._coloured
        for key, value in (
            (features.IMAGE_KEY, picture.data),
            (features.FILE_NAME_KEY, own_name(found.name).encode("utf-8", "surrogateescape")),
            *labels.items(),
            *((by.key, by.value_of(labels[by.task.label_key]).encode()) for by in _DERIVED),
            (features.WIDTH_KEY, picture.width),
            (features.HEIGHT_KEY, picture.height),
            (features.BRIGHTNESS_KEY, picture.brightness),
            (features.CONTRAST_KEY, picture.contrast),
            (features.SHARPNESS_KEY, picture.sharpness),
        ):
            template.values[key][0] = value
        if picture.colour is not None:
            template.values[features.COLOUR_KEY][0] = picture.colour
        return bytes(template.example.SerializeToString(deterministic=True))


class _Template:
    """An example with one value of each feature, to be set."""

    def __init__(self, floats: Sequence[str]):
        self.example = tf.train.Example()
        feature = self.example.features.feature
        kinds = (
            *((key, feature[key].bytes_list, b"") for key in _BYTES),
            *((key, feature[key].int64_list, 0) for key in _INTEGERS),
            *((key, feature[key].float_list, 0.0) for key in floats),
        )
        for _, values, nought in kinds:
            values.value.append(nought)
        self.values = {key: values.value for key, values, _ in kinds}


def record_digest(record: bytes) -> bytes:
    """Returns the SHA-256 of a record, 32 bytes."""
    return hashlib.sha256(record).digest()
