"""Who is taken for the other gender, group by group, and how far the groups are apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.fairness.told import say_found

_SLICINGS: tuple[Sequence[str], ...] = ([], ["race"], ["age_band"])
_MALE, _FEMALE = 0, 1


@dataclass(frozen=True)
class ErrorRate:
    """A share of the men, or of the women, of a group.

    Attributes:
      words: such as "12% (9% to 16%)", "-" of nobody.
      examples: how many they are.
      too_small: whether they are too few to say much.
    """

    words: str
    examples: int
    too_small: bool


@dataclass(frozen=True)
class GenderErrors:
    """How often the men and the women of a group are taken for the other."""

    group: str
    women: ErrorRate
    men: ErrorRate


def find_gender_errors(document: Mapping[str, Any]) -> list[GenderErrors]:
    """Returns a row for all, each race and each age band of a document of the fairness figures."""
    rows = (row for row in document["slices"] if row["by"] in _SLICINGS)
    least = document["min_examples"]
    return [
        GenderErrors(
            group=row["slice"],
            women=_rate(row, _FEMALE, "gender_fnr", least),
            men=_rate(row, _MALE, "gender_fpr", least),
        )
        for row in rows
        if row["examples"]
    ]


def tell_odds_differences(document: Mapping[str, Any]) -> list[str]:
    """Returns a sentence for each attribute whose groups can be compared."""
    return [
        f"By {' and '.join(one['attribute']).replace('_', ' ')} the greater of the two gaps is "
        f"{100 * found['value']:.1f} points ({100 * found['low']:.1f} to "
        f"{100 * found['high']:.1f})."
        for one in document["equalised_odds"]
        if (found := one["difference"])["value"] is not None
    ]


def _rate(row: Mapping[str, Any], gender: int, measure: str, least: int) -> ErrorRate:
    examples = sum(row["gender_confusion"][gender])
    words = say_found(row["measures"][measure], "{:.0%}".format)
    return ErrorRate(words, examples, too_small=examples < least)
