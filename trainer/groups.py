"""The attributes that define slices.

A task can be an attribute, but an attribute need not be a task. This module is a leaf: of the
project it imports only `trainer.tasks`, and nothing heavy.
"""

import bisect
from collections.abc import Mapping
from dataclasses import dataclass

from trainer.tasks import AGE, GENDER, RACE, TASKS, Task


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """An attribute that people are grouped by.

    Attributes:
      key: the feature key in the raw examples. The feature is a code, int64, if the attribute is a
        task, and otherwise one of `values`, bytes.
      values: the words for the codes 0, 1, ...
      task: the task whose label determines the code.
      upper_bounds: the greatest label of each value but the last, ascending; empty if the label
        is the code.
    """

    key: str
    values: tuple[str, ...]
    task: Task
    upper_bounds: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """The key, for display."""
        return self.key.replace("_", " ")

    def code_of(self, label: int) -> int:
        """Returns the code of a label of the task.

        Raises:
          ValueError: if the label lies outside the range of the task.
        """
        if not self.task.minimum <= label <= self.task.maximum:
            raise ValueError(
                f"Expected {self.task.name} from {self.task.minimum} to {self.task.maximum}. "
                f"Received: {self.task.name}={label}."
            )
        return bisect.bisect_left(self.upper_bounds, label) if self.upper_bounds else label

    def value_of(self, label: int) -> str:
        """Returns the word for a label of the task; see code_of."""
        return self.values[self.code_of(label)]

    def value_in(
        self, labels: Mapping[str, int], ranges: Mapping[str, tuple[int, int]]
    ) -> str | None:
        """Returns the word for labels, some of which may be known only as ranges.

        Args:
          labels: known labels, by label key.
          ranges: lower and upper end of each unknown label, both inclusive, by label key.

        Returns:
          The word, or None if the range spans several words.
        """
        key = self.task.label_key
        words = {self.value_of(label) for label in ranges.get(key) or (labels[key],)}
        return words.pop() if len(words) == 1 else None


def _of_task(task: Task) -> Attribute:
    return Attribute(key=task.label_key, values=task.classes, task=task)


# The last band has no upper end.
AGE_BAND = Attribute(
    key="age_band",
    values=("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+"),
    task=AGE,
    upper_bounds=(2, 9, 19, 29, 39, 49, 59, 69),
)
# Race before gender, the usual word order.
ATTRIBUTES = (*(_of_task(task) for task in reversed(TASKS) if task.is_grouping), AGE_BAND)
BY_KEY = {attribute.key: attribute for attribute in ATTRIBUTES}
# Attributes that labels are counted by, grouping or not: bands of numbers, then classes.
COUNTED = (
    *(attribute for attribute in ATTRIBUTES if attribute.upper_bounds),
    *(_of_task(task) for task in TASKS if task.classes),
)
# Attributes whose combinations are also groups.
INTERSECTION = (BY_KEY[RACE.label_key], BY_KEY[GENDER.label_key])
