"""The grammar of UTKFace file names: a regular expression and a pure parser."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from components.html.words import listed
from components.ingest.pictures import formats
from components.ingest.rejection import RejectedFile
from trainer.features import LABEL_KEYS
from trainer.tasks import TASKS, Task

# The labels in a file name, by the label keys of the tasks, in their order.
Labels = Mapping[str, int]

GRAMMAR = "_".join((*(f"[{key}]" for key in LABEL_KEYS), "[yyyymmddHHMMSSFFF].jpg.chip.jpg"))


def _place(tasks: Sequence[Task]) -> str:
    """Returns the pattern of a place that holds the label of any of the tasks."""
    digits = len(str(max(task.maximum for task in tasks)))
    return rf"(?:0|[1-9][0-9]{{0,{digits - 1}}})"


def _places(count: int) -> str:
    """Returns the pattern of `count` places: all, each filled or empty, or any fewer."""
    missing = len(TASKS) - count
    if not missing:
        return "".join(f"({_place([task])})?_" for task in TASKS)
    first, *others = (_place(TASKS[place : place + missing + 1]) for place in range(count))
    return f"{first}?_" + "".join(f"{other}_" for other in others)


# The data set deviates from its own grammar: milliseconds are not always padded, uncropped faces
# lack `.chip.jpg`, and some suffixes are ` .jpg`, `jpg`, `JPG` or `.pg`. Names with missing labels
# match too, so the message can say so. A name may have the suffix of any format, because the bytes
# decide whether a file is accepted.
_SUFFIXES = "|".join(
    re.escape(suffix) for known in formats.FORMATS.values() for suffix in known.suffixes
)
_NAME = re.compile(
    r"""
    (?: {places} )
    [0-9]{16,18}
    (?: [ ]?(?:{suffixes}|\.pg) | jpe?g ) (?: \.chip(?:{suffixes}) )?
    """.replace("{suffixes}", _SUFFIXES).replace(
        "{places}", "|".join(map(_places, range(len(TASKS), 0, -1)))
    ),
    # Without ASCII, IGNORECASE would match a dotless i as an i.
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class OutOfRange:
    """A label outside its task's range."""

    task: Task
    value: int

    def __str__(self) -> str:
        task = self.task
        return f"expected {task.name} from {task.minimum} to {task.maximum}; found {self.value}"


def labels_of(values: Iterable[int]) -> Labels:
    """Returns labels by key, given a value for each task in the order of TASKS."""
    return dict(zip(LABEL_KEYS, values, strict=True))


def parse(name: str) -> Labels:
    """Reads the labels from a file name; never guesses.

    Raises:
      RejectedFile: if the whole name does not match the grammar, a label is missing, or a label is
        out of range.
    """
    labels = read(name)
    if problem := out_of_range(labels):
        raise RejectedFile(RejectedFile.LABEL_OUT_OF_RANGE, f"{problem} in {name!r}")
    return labels


def read(name: str) -> Labels:
    """Reads the labels from a file name, without checking their ranges.

    Raises:
      RejectedFile: if the name does not match the grammar, or a label is missing.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise RejectedFile(
            RejectedFile.NAME_GRAMMAR, f"expected a name like {GRAMMAR}; found {name!r}"
        )
    if None in match.groups():
        labels = _describe_labels(name.split("_")[:-1])
        raise RejectedFile(
            RejectedFile.LABEL_MISSING, f"expected {listed(LABEL_KEYS)}; found {labels} in {name!r}"
        )
    return labels_of(map(int, match.groups()))


def own_name(path: str) -> str:
    """Returns a file name without its folder, and without the archive before a `!`."""
    return path.rpartition("!")[2].rpartition("/")[2]


def out_of_range(labels: Labels) -> OutOfRange | None:
    """Returns the first label out of range; None if all are in range."""
    for task in TASKS:
        value = labels.get(task.label_key)
        if value is not None and not task.minimum <= value <= task.maximum:
            return OutOfRange(task, value)
    return None


def _describe_labels(places: list[str]) -> str:
    """Describes which labels an incomplete name has.

    Args:
      places: the text before each underscore: a place for each task, some of them empty, or fewer
        places. Fewer places are identified only if their values fit in exactly one way.
    """
    values = [int(place) for place in places if place]
    if not values:
        return "none"
    readings = [tuple(task for task, place in zip(TASKS, places, strict=False) if place)]
    if len(places) < len(TASKS):
        readings = [
            tasks
            for tasks in combinations(TASKS, len(values))
            if all(value <= task.maximum for task, value in zip(tasks, values, strict=True))
        ]
    if len(readings) != 1:
        return f"only {listed(map(str, values))} (it is unclear which labels)"
    (tasks,) = readings
    return "only " + listed(f"{t.name} {value}" for t, value in zip(tasks, values, strict=True))
