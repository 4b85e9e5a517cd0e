"""The number of examples in each split, compared with the number that a later step finds."""

import json
from collections.abc import Mapping

from tfx import types

_PROPERTY = "examples_by_split"


def record_counts(examples: types.Artifact, counts: Mapping[str, int]) -> None:
    """Records the number of examples in each split as a property of the examples."""
    examples.set_string_custom_property(_PROPERTY, json.dumps(dict(counts)))


def recorded_counts(examples: types.Artifact) -> dict[str, int] | None:
    """Returns the recorded number of examples in each split; None if there is no record."""
    recorded = examples.get_string_custom_property(_PROPERTY)
    return json.loads(recorded) if recorded else None


def check_recorded(examples: types.Artifact, split: str, found: int, what: str) -> None:
    """Checks a number of examples against the recorded number; see check_count.

    Examples of earlier releases have no record and pass.
    """
    recorded = recorded_counts(examples)
    if recorded:
        check_count(recorded.get(split, 0), split, found, what)


def check_count(expected: int, split: str, found: int, what: str) -> None:
    """Checks that a step covers every example of a split once.

    Args:
      expected: number of examples in the split, as the ledger has it.
      split: name of the split.
      found: number of examples that the step covers.
      what: what the step makes, e.g. statistics; the message begins with it.

    Raises:
      RuntimeError: if the numbers differ.
    """
    if found != expected:
        raise RuntimeError(
            f"Expected {what} of the {expected:,} examples in the {split} split; found {what} of "
            f"{found:,}. The Beam engine lost or repeated records: run again, or set beam.engine "
            "to local."
        )
