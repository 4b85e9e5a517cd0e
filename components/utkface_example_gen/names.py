"""The grammar of UTKFace file names: one regular expression and a pure parser."""

import re
from typing import NamedTuple

from components.utkface_example_gen.rejection import RejectedFile
from trainer import features

GRAMMAR = "[age]_[gender]_[race]_[yyyymmddHHMMSSFFF].jpg.chip.jpg"

# The data set's own time stamps have 16 to 18 digits: milliseconds are not always
# padded to three. The faces that were not cropped lack `.chip.jpg`.
_NAME = re.compile(
    r"(?P<age>0|[1-9][0-9]{0,2})_(?P<gender>[0-9])_(?P<race>[0-9])_[0-9]{16,18}"
    r"\.jpg(?:\.chip\.jpg)?"
)


class Labels(NamedTuple):
    """What a file name says of the face.

    Attributes:
      age: whole years, 0 to 116.
      gender: an index into trainer.features.GENDERS.
      race: an index into trainer.features.RACES.
    """

    age: int
    gender: int
    race: int


def parse(name: str) -> Labels:
    """Reads the labels off a file name; nothing is ever guessed.

    Args:
      name: the file's name without its folder.

    Raises:
      RejectedFile: if the name does not match the grammar to the last letter, or
        a label lies outside its range.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise RejectedFile(
            RejectedFile.NAME_GRAMMAR, f"expected a name like {GRAMMAR}; found {name!r}"
        )
    labels = Labels(*(int(match[field]) for field in Labels._fields))
    bounds = Labels(features.MAX_AGE, len(features.GENDERS) - 1, len(features.RACES) - 1)
    for field, value, upper in zip(Labels._fields, labels, bounds, strict=True):
        if value > upper:
            raise RejectedFile(
                RejectedFile.LABEL_OUT_OF_RANGE,
                f"expected {field} from 0 to {upper}; found {value} in {name!r}",
            )
    return labels
