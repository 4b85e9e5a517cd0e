"""Weights of the groups of trainer.groups.INTERSECTION in a training."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tfx.dsl.io import fileio

from trainer.groups import INTERSECTION

# The values of each group, in words. The number of a group is its index.
GROUPS = tuple(itertools.product(*(attribute.values for attribute in INTERSECTION)))
BALANCE_FILE = "balance.json"


@dataclass(frozen=True)
class Group:
    """The effect of rebalancing on a group.

    Attributes:
      values: in words, one per attribute of trainer.groups.INTERSECTION.
      examples: number of examples in the train split.
      weight: weight of each example; 0 if there are none.
      share: share of the train split, 0 to 1.
      effective_share: share after rebalancing, 0 to 1.
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
        row = {**asdict(self), "weight": self.weight or None}
        values = row.pop("values")
        keys = (attribute.key for attribute in INTERSECTION)
        return {**dict(zip(keys, values, strict=True)), **row}


@dataclass(frozen=True)
class Balance:
    """Gives every group the same total weight, as far as `max_weight` allows.

    Attributes:
      method: `weights` weights the examples in the losses; `oversample` draws examples more or
        less often per epoch.
      max_weight: the largest weight of an example; at least 1.
      counts: number of train examples in each of GROUPS.
    """

    method: str
    max_weight: float
    counts: tuple[int, ...]

    @property
    def examples(self) -> int:
        return sum(self.counts)

    @property
    def weights(self) -> tuple[float, ...]:
        """Returns the weight of an example of each group; see group_weights."""
        return group_weights(self.counts, self.max_weight)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Returns all groups, including those without examples.

        Raises:
          ValueError: if no group has an example.
        """
        return tuple(
            Group(group, count, weight, count / self.examples, count * weight / self.examples)
            for group, count, weight in zip(GROUPS, self.counts, self.weights, strict=True)
        )

    @property
    def absent(self) -> tuple[str, ...]:
        """Returns the groups without examples in the train split, in words."""
        counted = zip(GROUPS, self.counts, strict=True)
        return tuple(" ".join(group) for group, count in counted if not count)

    def describe(self) -> str:
        """Returns a line with the weight of each group that has examples."""
        present = (group for group in self.groups if group.examples)
        return ", ".join(f"{group.name} {format_weight(group.weight)}" for group in present)

    def summarize(self) -> str:
        """Returns a line with the smallest and the largest weight."""
        present = [group for group in self.groups if group.examples]
        # Of the groups at the bound, report the smallest.
        present.sort(key=lambda group: (group.weight, -group.examples))
        least, most = (
            f"{group.name} x {format_weight(group.weight)}" for group in (present[0], present[-1])
        )
        return f"rebalancing by {self.method}: {least} to {most}, at most x {self.max_weight:g}"

    def to_dict(self) -> dict[str, Any]:
        """Returns the content of BALANCE_FILE."""
        return {
            "method": self.method,
            "max_weight": self.max_weight,
            "examples": self.examples,
            "groups": [group.to_dict() for group in self.groups],
        }

    def save(self, folder: str) -> None:
        """Writes BALANCE_FILE to a folder, which is created if missing."""
        fileio.makedirs(folder)
        with fileio.open(f"{folder}/{BALANCE_FILE}", "w") as file:
            file.write(json.dumps(self.to_dict(), indent=2) + "\n")


def format_weight(weight: float) -> str:
    """Returns a weight such as "0.42", "4.8" or "120"."""
    return f"{weight:.2g}" if weight < 10 else f"{weight:,.0f}"


def group_weights(counts: Sequence[int], max_weight: float) -> tuple[float, ...]:
    """Weights groups equally, with a mean weight per example of 1.

    Without the bound, the weight of a group is examples / (groups present * its examples). The
    excess of a group at the bound is divided equally among the others. The mean over the examples
    is then 1, and no weight exceeds the bound.

    Args:
      counts: number of examples of each group.
      max_weight: the bound, at least 1.

    Returns:
      A weight for each group; 0 for a group without examples.

    Raises:
      ValueError: if no group has an example.
    """
    # In ascending order of size: after a group below the bound, all larger groups are below it.
    present = sorted((index for index, count in enumerate(counts) if count), key=counts.__getitem__)
    if not present:
        raise ValueError("Expected examples in the train split to rebalance. Received: none.")
    weights = [0.0] * len(counts)
    remaining = float(sum(counts))
    for rank, index in enumerate(present):
        equal = remaining / (len(present) - rank) / counts[index]
        weights[index] = min(max_weight, equal)
        remaining -= weights[index] * counts[index]
    return tuple(weights)
