"""How much each group of trainer.groups.INTERSECTION counts in a training."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tfx.dsl.io import fileio

from trainer.groups import INTERSECTION

# The values of each group in words. A group's number is its place here.
GROUPS = tuple(itertools.product(*(attribute.values for attribute in INTERSECTION)))
BALANCE_FILE = "balance.json"


@dataclass(frozen=True)
class Group:
    """What rebalancing makes of a group.

    Attributes:
      values: in words, one an attribute of trainer.groups.INTERSECTION.
      examples: of the train split.
      weight: what one of them counts for; 0 without examples.
      share: its part of the train split, 0 to 1.
      effective_share: its part of what the model learns from, 0 to 1.
    """

    values: tuple[str, ...]
    examples: int
    weight: float
    share: float
    effective_share: float

    @property
    def name(self) -> str:
        return " ".join(self.values)

    def to_dict(self) -> dict[str, Any]:
        """Returns a row of BALANCE_FILE; the weight of an absent group is None."""
        numbers = {**asdict(self), "weight": self.weight or None}
        words = numbers.pop("values")
        keys = (attribute.key for attribute in INTERSECTION)
        return {**dict(zip(keys, words, strict=True)), **numbers}


@dataclass(frozen=True)
class Balance:
    """Gives every group the same say, as far as `max_weight` lets it.

    Attributes:
      method: `weights`, for an example's weight in the losses, or `oversample`, for how
        often it is drawn in an epoch.
      max_weight: no example counts for more than this many; at least 1.
      counts: the examples of the train split in each of GROUPS.
    """

    method: str
    max_weight: float
    counts: tuple[int, ...]

    @property
    def examples(self) -> int:
        return sum(self.counts)

    @property
    def weights(self) -> tuple[float, ...]:
        """Returns what one example of each group counts for; see group_weights."""
        return group_weights(self.counts, self.max_weight)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Returns all groups, also those without examples.

        Raises:
          ValueError: if no group has an example.
        """
        return tuple(
            Group(group, count, weight, count / self.examples, count * weight / self.examples)
            for group, count, weight in zip(GROUPS, self.counts, self.weights, strict=True)
        )

    @property
    def absent(self) -> tuple[str, ...]:
        """Returns the groups of which the train split has no example, in words."""
        counted = zip(GROUPS, self.counts, strict=True)
        return tuple(" ".join(group) for group, count in counted if not count)

    def describe(self) -> str:
        """Returns a line with the weight of each group that has examples."""
        present = (group for group in self.groups if group.examples)
        return ", ".join(f"{group.name} {weight_in_words(group.weight)}" for group in present)

    def summarise(self) -> str:
        """Returns a line with the smallest and the largest weight."""
        present = [group for group in self.groups if group.examples]
        # Of the groups at the bound the shortest is the one to tell of.
        present.sort(key=lambda group: (group.weight, -group.examples))
        least, most = (
            f"{group.name} x {weight_in_words(group.weight)}" for group in (present[0], present[-1])
        )
        return f"rebalancing by {self.method}: {least} to {most}, at most x {self.max_weight:g}"

    def to_dict(self) -> dict[str, Any]:
        """Returns what BALANCE_FILE holds."""
        return {
            "method": self.method,
            "max_weight": self.max_weight,
            "examples": self.examples,
            "groups": [group.to_dict() for group in self.groups],
        }

    def save(self, folder: str) -> None:
        """Writes BALANCE_FILE into a folder, which is made if it is not there."""
        fileio.makedirs(folder)
        with fileio.open(f"{folder}/{BALANCE_FILE}", "w") as file:
            file.write(json.dumps(self.to_dict(), indent=2) + "\n")


def weight_in_words(weight: float) -> str:
    """Returns a weight such as "0.42", "4.8" or "120"."""
    return f"{weight:.2g}" if weight < 10 else f"{weight:,.0f}"


def group_weights(counts: Sequence[int], max_weight: float) -> tuple[float, ...]:
    """Weighs groups so that they count alike and an example counts for 1 on average.

    Without the bound a group's weight is examples / (groups present * its examples). What
    a group at the bound cannot take, the others share alike: so the mean over the examples
    is 1 and the bound holds, both at once.

    Args:
      counts: the examples of each group.
      max_weight: the bound, at least 1.

    Returns:
      A weight for each group; 0 for one without examples.

    Raises:
      ValueError: if no group has an example.
    """
    # From the shortest on: once a group stays below the bound, all longer ones do.
    present = sorted((index for index, count in enumerate(counts) if count), key=counts.__getitem__)
    if not present:
        raise ValueError("Expected examples in the train split to rebalance. Received: none.")
    weights = [0.0] * len(counts)
    left = float(sum(counts))
    for rank, index in enumerate(present):
        equal = left / (len(present) - rank) / counts[index]
        weights[index] = min(max_weight, equal)
        left -= weights[index] * counts[index]
    return tuple(weights)
