"""Files that show the same image: how many there are, and which of them are used."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import combinations, groupby
from operator import attrgetter
from typing import Any, NamedTuple

from components.ingest.ledger.rows import Verdict
from components.ingest.rejection import RejectedFile
from trainer.tasks import TASKS, Kind

# The key of each regression task's difference in the JSON of Duplicates.
_DIFFERENCE_KEYS = {
    task.name: f"mean_{task.name}_difference" for task in TASKS if task.kind is Kind.REGRESSION
}


class Copy(NamedTuple):
    """A file whose image and labels are acceptable.

    Attributes:
      digest: first half of the SHA-256 of its bytes.
      unit: unit of the file; unit and place order all files.
      place: place of the file in its unit.
      name: name of the file in the ledger.
      labels: labels in the order of TASKS; a range for a label that is only known as a range.
    """

    digest: bytes
    unit: int
    place: int
    name: str
    labels: tuple[int | tuple[int, int], ...]


@dataclass(frozen=True)
class Duplicates:
    """How many files show the same image, or look alike, before any file is excluded.

    Attributes:
      exact_groups: images with several files of identical bytes.
      exact_files: files of these images.
      conflicting_groups: such images whose files have different labels.
      conflicting_files: files of these images.
      mean_differences: mean label difference between two files of a conflicting image, by
        regression task, in the task's unit: the mean over images of each image's mean.
      near_groups: perceptual hashes that several images share.
      near_files: files of these images.
    """

    exact_groups: int
    exact_files: int
    conflicting_groups: int
    conflicting_files: int
    mean_differences: Mapping[str, float]
    near_groups: int
    near_files: int

    @property
    def differences(self) -> list[tuple[str, str]]:
        """The mean differences in words, such as ("ages", "4.0 years")."""
        units = {task.name: task.unit for task in TASKS}
        return [
            (f"{name}s", f"{value:.1f} {units[name]}".rstrip())
            for name, value in self.mean_differences.items()
        ]

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> "Duplicates":
        """Sums up the counts of judge_copies and count_near."""
        groups = counts["conflicting_groups"]
        means = {
            name: round(float(counts[key] / groups), 2) if groups else 0.0
            for name, key in _DIFFERENCE_KEYS.items()
        }
        fields = set(cls.__dataclass_fields__) - {"mean_differences"}
        return cls(**{name: counts[name] for name in fields}, mean_differences=means)

    def to_dict(self) -> dict[str, Any]:
        document = asdict(self)
        means = document.pop("mean_differences")
        return document | {_DIFFERENCE_KEYS[name]: mean for name, mean in means.items()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Duplicates":
        rest = dict(document)
        means = {name: rest.pop(key) for name, key in _DIFFERENCE_KEYS.items() if key in rest}
        return cls(**rest, mean_differences=means)


def judge_copies(copies: Iterable[Copy]) -> tuple[Counter[str], list[Verdict]]:
    """Keeps one file of each image, or no file if their labels disagree.

    The right label is unknown, so keeping any of the files would be a guess.

    Args:
      copies: all files of some images, in any order.

    Returns:
      Counts for Duplicates.of, and a verdict on each file that is not used.
    """
    counts: Counter[Any] = Counter()
    verdicts: list[Verdict] = []
    for _, group in groupby(sorted(copies), attrgetter("digest")):
        files = list(group)
        if len(files) == 1:
            continue
        counts.update(exact_groups=1, exact_files=len(files))
        labels = {file.labels for file in files}
        if len(labels) > 1:
            counts.update(conflicting_groups=1, conflicting_files=len(files))
            counts.update(_mean_differences(files))
        verdicts += _judge(files, len(labels))
    return counts, verdicts


def _judge(files: list[Copy], labels: int) -> Iterator[Verdict]:
    first, *others = files
    if labels == 1:
        detail = f"the same image and labels as {first.name!r}"
        for file in others:
            yield Verdict(file.unit, file.place, RejectedFile.DUPLICATE, detail)
        return
    detail = (
        f"expected one label for one image; found {labels} in files with the same bytes, such as "
        f"{first.name!r}"
    )
    for file in files:
        yield Verdict(file.unit, file.place, RejectedFile.LABEL_CONFLICT, detail)


def _mean_differences(files: list[Copy]) -> dict[str, Fraction]:
    differences = {}
    for place, task in enumerate(TASKS):
        if key := _DIFFERENCE_KEYS.get(task.name):
            labels = (file.labels[place] for file in files)
            counts = Counter(label for label in labels if isinstance(label, int))
            pairs = counts.total() * (counts.total() - 1) // 2
            total = sum(
                abs(first - second) * counts[first] * counts[second]
                for first, second in combinations(counts, 2)
            )
            # A Fraction, so the sum does not depend on the order.
            differences[key] = Fraction(total, max(1, pairs))
    return differences


def count_near(looks: Iterable[tuple[bytes, bytes]]) -> Counter[str]:
    """Counts different images that look alike.

    Args:
      looks: perceptual hash and digest of all files with some perceptual hashes, in any order.
    """
    counts: Counter[str] = Counter()
    for _, group in groupby(sorted(looks), lambda pair: pair[0]):
        digests = [digest for _, digest in group]
        if len({*digests}) > 1:
            counts.update(near_groups=1, near_files=len(digests))
    return counts
