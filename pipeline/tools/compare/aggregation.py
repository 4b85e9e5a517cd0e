"""From the results of single trainings to a row a candidate."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.measures.measure import Measure, Surface
from trainer.measures.registry import measures_on
from trainer.tasks import Task


@dataclass(frozen=True)
class Column:
    """Something that each training has a value of.

    Attributes:
      key: in the results.
      heading: over a column, of one line or more.
      words: what it is, with its unit, and which end is the better one.
      pattern: how a value is written.
      task: whose measure it is; None of a cost.
    """

    key: str
    heading: str
    words: str
    pattern: str
    task: Task | None = None

    @classmethod
    def of(cls, measure: Measure) -> "Column":
        better = "more" if measure.higher_is_better else "less"
        heading = measure.heading or {"accuracy": "acc."}.get(measure.name, measure.name)
        return cls(
            measure.key,
            f"{measure.task.name}\n{heading}",
            f"{measure.task.name}: {measure.words} ({better} is better)",
            measure.unit.exact,
            measure.task,
        )


METRICS = tuple(map(Column.of, measures_on(Surface.COMPARE).values()))
COSTS = (
    Column("cpu_seconds", "CPU\ns", "CPU time of the training, seconds", ",.0f"),
    Column("seconds", "clock\ns", "time of the training by the clock, seconds", ",.0f"),
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
        """Makes the row of the results of trainer.measuring.measure by seed."""
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
      examples_older: how many are of the age from which a task is judged, by its name.
      baseline: by multiclass task, `class`: the commonest of the train split, in words, and
        `accuracy`: of always answering it, 0 to 1.
      rows: in the order that they were named.
      machines: what they were trained on, in words; times compare where it is one.
      interrupted: which took more than one process, each with a start of its own.
      failed: what has no result.
    """

    split: str
    examples: int
    examples_older: Mapping[str, int]
    baseline: Mapping[str, Mapping[str, Any]]
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
            examples_older=one["examples_older"],
            baseline=one["baseline"],
            rows=tuple(Row.of(name, by_seed) for name, by_seed in results.items()),
            machines=tuple(sorted({_describe(each["machine"]) for each in found.values()})),
            interrupted=tuple(name for name, each in found.items() if each["processes"] > 1),
            failed=tuple(failed),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "split": self.split,
            "examples": self.examples,
            "examples_older": dict(self.examples_older),
            "baseline": dict(self.baseline),
            "configs": [row.to_dict() for row in self.rows],
            "machines": list(self.machines),
            "interrupted": list(self.interrupted),
            "failed": list(self.failed),
        }


def _describe(machine: Mapping[str, Any]) -> str:
    """Says in words what trainer.measuring.measure was run on."""
    return (
        f"{machine['device']} of {machine['cpus']} cores, Python {machine['python']}, "
        f"TensorFlow {machine['tensorflow']}, Keras {machine['keras']}"
    )
