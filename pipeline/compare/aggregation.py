"""From the results of single trainings to a row a candidate."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Measure:
    """Something that each training has a value of.

    Attributes:
      key: in the results.
      heading: over a column, of one line or two.
      words: what it is, with its unit, and which end is the better one.
      pattern: how a value is written.
    """

    key: str
    heading: str
    words: str
    pattern: str


METRICS = (
    Measure("age_mae", "age\nMAE", "age: mean absolute error, years (less is better)", ".2f"),
    Measure("gender_accuracy", "gender\nacc.", "gender: accuracy (more is better)", ".3f"),
    Measure(
        "gender_accuracy_15_and_older",
        "gender\nacc.\n15+",
        "gender: accuracy, ages 15 and older (more is better)",
        ".3f",
    ),
    Measure("race_accuracy", "race\nacc.", "race: accuracy (more is better)", ".3f"),
)
COSTS = (
    Measure("cpu_seconds", "CPU\ns", "CPU time of the training, seconds", ",.0f"),
    Measure("seconds", "clock\ns", "time of the training by the clock, seconds", ",.0f"),
)


@dataclass(frozen=True)
class Spread:
    """The values of several seeds.

    Attributes:
      values: one a seed.
      mean: of them.
      deviation: the standard deviation, of the sample, so that it is divided by n - 1; None if
        there is but one value.
    """

    values: tuple[float, ...]
    mean: float
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        deviation = statistics.stdev(values) if len(values) > 1 else None
        return cls(tuple(values), statistics.fmean(values), deviation)

    def show(self, pattern: str) -> str:
        """Returns such as "7.31 ± 0.12", or "7.31" of one value."""
        mean = format(self.mean, pattern)
        return mean if self.deviation is None else f"{mean} ± {format(self.deviation, pattern)}"

    def to_dict(self) -> dict[str, Any]:
        return {"mean": self.mean, "standard_deviation": self.deviation, "values": self.values}


@dataclass(frozen=True)
class Row:
    """A candidate.

    Attributes:
      name: its name.
      seeds: those that there are results of; ascending.
      spreads: by the key of a measure, over the seeds; None where no seed has a value.
      parameters: of the model; None without a result.
      flops: of one image as it is served, two for each multiplication with its addition; None
        without a result.
      settings: those that are not the defaults, the architecture first.
    """

    name: str
    seeds: tuple[int, ...]
    spreads: Mapping[str, Spread | None]
    parameters: int | None
    flops: int | None
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, results: Mapping[int, Mapping[str, Any]]) -> "Row":
        """Makes the row of the results of trainer.measure by seed."""
        seeds = tuple(sorted(results))
        found = [results[seed] for seed in seeds]
        spreads: dict[str, Spread | None] = {}
        for measure in (*METRICS, *COSTS):
            values = [{**one, **one["metrics"]}[measure.key] for one in found]
            known = [value for value in values if value is not None]
            spreads[measure.key] = Spread.of(known) if known else None
        if not found:
            return cls(name, seeds, spreads, None, None, {})
        first = found[0]
        settings = {"architecture": first["architecture"], **first["settings"]}
        return cls(name, seeds, spreads, first["parameters"], first["flops"], settings)

    def to_dict(self) -> dict[str, Any]:
        spreads = {key: spread and spread.to_dict() for key, spread in self.spreads.items()}
        return {
            "name": self.name,
            "settings": dict(self.settings),
            "seeds": self.seeds,
            "parameters": self.parameters,
            "flops": self.flops,
            **spreads,
        }


@dataclass(frozen=True)
class Comparison:
    """Rows of the same splits.

    Attributes:
      split: what was measured on.
      examples: how many it has.
      examples_15_and_older: how many of them are of such an age.
      majority_race: the commonest of the train split, in words.
      majority_accuracy: of always answering it, 0 to 1.
      rows: in the order that they were named.
      machines: what they were trained on, in words; times compare where it is one.
      interrupted: which took more than one process, each with a start of its own.
      failed: what has no result.
    """

    split: str
    examples: int
    examples_15_and_older: int
    majority_race: str
    majority_accuracy: float
    rows: tuple[Row, ...]
    machines: tuple[str, ...] = ()
    interrupted: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, results: Mapping[str, Mapping[int, Mapping[str, Any]]], failed: Sequence[str] = ()
    ) -> "Comparison":
        """Makes the comparison of at least one result; see Row.of."""
        found = {
            f"{name}, seed {seed}": result
            for name, by_seed in results.items()
            for seed, result in by_seed.items()
        }
        one = next(iter(found.values()))
        return cls(
            split=one["split"],
            examples=one["examples"],
            examples_15_and_older=one["examples_15_and_older"],
            majority_race=one["baseline"]["race"],
            majority_accuracy=one["baseline"]["race_accuracy"],
            rows=tuple(Row.of(name, by_seed) for name, by_seed in results.items()),
            machines=tuple(sorted({_describe(each["machine"]) for each in found.values()})),
            interrupted=tuple(name for name, each in found.items() if each["processes"] > 1),
            failed=tuple(failed),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "split": self.split,
            "examples": self.examples,
            "examples_15_and_older": self.examples_15_and_older,
            "baseline": {"race": self.majority_race, "race_accuracy": self.majority_accuracy},
            "configs": [row.to_dict() for row in self.rows],
            "machines": list(self.machines),
            "interrupted": list(self.interrupted),
            "failed": list(self.failed),
        }


def _describe(machine: Mapping[str, Any]) -> str:
    """Says in words what trainer.measure was run on."""
    return (
        f"{machine['device']} of {machine['cpus']} cores, Python {machine['python']}, "
        f"TensorFlow {machine['tensorflow']}, Keras {machine['keras']}"
    )
