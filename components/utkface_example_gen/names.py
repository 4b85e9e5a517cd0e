"""The grammar of UTKFace file names: one regular expression and a pure parser."""

import re
from itertools import combinations
from typing import NamedTuple

from components.utkface_example_gen import formats
from components.utkface_example_gen.rejection import RejectedFile
from trainer import features

GRAMMAR = "[age]_[gender]_[race]_[yyyymmddHHMMSSFFF].jpg.chip.jpg"

# The data set strays from its own grammar. Where the labels are whole, nothing else is
# needed of a name: time stamps have 16 to 18 digits, since milliseconds are not always
# padded; faces that were not cropped lack `.chip.jpg`; and among the suffixes are
# ` .jpg`, `jpg`, `JPG` and `.pg`. Labels that are not whole are matched too, so that
# they are told from other names.
# Whether a format is accepted its bytes decide, so that a name may have the suffix of any.
_SUFFIXES = "|".join(
    re.escape(suffix) for known in formats.FORMATS.values() for suffix in known.suffixes
)
_NAME = re.compile(
    r"""
    (?P<age>0|[1-9][0-9]{0,2})? _
    (?: (?P<gender>[0-9])? _ (?P<race>[0-9])? _  # all three places, filled or not
      | [0-9] _                                  # a place too few: which is not told
    )?
    [0-9]{16,18}
    (?: [ ]?(?:{suffixes}|\.pg) | jpe?g ) (?: \.chip(?:{suffixes}) )?
    """.replace("{suffixes}", _SUFFIXES),
    # Without ASCII, IGNORECASE would take a dotless i for an i.
    re.VERBOSE | re.ASCII | re.IGNORECASE,
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


_UPPER_BOUNDS = Labels(features.MAX_AGE, len(features.GENDERS) - 1, len(features.RACES) - 1)


def parse(name: str) -> Labels:
    """Reads the labels off a file name; nothing is ever guessed.

    Args:
      name: the file's name without its folder.

    Raises:
      RejectedFile: if the name does not match the grammar to the last letter, a
        label is missing, or a label lies outside its range.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise RejectedFile(
            RejectedFile.NAME_GRAMMAR, f"expected a name like {GRAMMAR}; found {name!r}"
        )
    if None in match.group(*Labels._fields):
        found = _labels_found(name.split("_")[:-1])
        raise RejectedFile(
            RejectedFile.LABEL_MISSING,
            f"expected age, gender and race; found {found} in {name!r}",
        )
    labels = Labels(*map(int, match.group(*Labels._fields)))
    if problem := out_of_range(labels):
        raise RejectedFile(RejectedFile.LABEL_OUT_OF_RANGE, f"{problem} in {name!r}")
    return labels


def out_of_range(labels: Labels) -> str:
    """Says which label is the first to lie outside its range; empty if none does."""
    for field, value, upper in zip(Labels._fields, labels, _UPPER_BOUNDS, strict=True):
        if not 0 <= value <= upper:
            return f"expected {field} from 0 to {upper}; found {value}"
    return ""


def _labels_found(places: list[str]) -> str:
    """Says which labels there are in a name that has not all three.

    Args:
      places: what stands before each underscore: three places, some of them empty, or
        fewer. Of fewer it is known which they are only if their values fit in one way.
    """
    values = [int(place) for place in places if place]
    if not values:
        return "none"
    readings = [tuple(f for f, place in zip(Labels._fields, places, strict=False) if place)]
    if len(places) < len(Labels._fields):
        readings = [
            fields
            for fields in combinations(Labels._fields, len(values))
            if all(v <= getattr(_UPPER_BOUNDS, f) for f, v in zip(fields, values, strict=True))
        ]
    if len(readings) != 1:
        return f"only {' and '.join(map(str, values))} (which labels cannot be told)"
    return "only " + " and ".join(f"{f} {v}" for f, v in zip(readings[0], values, strict=True))
