"""Aggregates the results of single trainings to one row per candidate."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.measures.measure import Measure, Surface
from trainer.measures.registry import measures_on
from trainer.tasks import Task


@dataclass(frozen=True)
class Column:
    """A value that each training has.

    Attributes:
      key: the key in the results.
      heading: the heading of the column, of one or more lines.
      words: the meaning, with the unit and the better direction.
      pattern: the format of a value.
      task: the task that is measured; None for a cost.
    """

    key: str
    heading: str
    words: str
    pattern: str
    task: Task | None = None

    @classmethod
    def of(cls, measure: Measure) -> "Column":
        better = "higher" if measure.higher_is_better else "lower"
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
    Column("seconds", "wall\ns", "wall time of the training, seconds", ",.0f"),
)


@dataclass(frozen=True)
class Spread:
    """The values of several seeds.

    Attributes:
      values: one value per seed.
      mean: the mean of the values.
      deviation: the sample standard deviation, divided by n - 1; None for a single value.
    """

    values: tuple[float, ...]
    mean: float
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        deviation = statistics.stdev(values) if len(values) > 1 else None
        return cls(tuple(values), statistics.fmean(values), deviation)

    def show(self, pattern: str) -> str:
        """Returns the mean and deviation, e.g. "7.31 ± 0.12", or "7.31" for a single value."""
        mean = format(self.mean, pattern)
        return mean if self.deviation is None else f"{mean} ± {format(self.deviation, pattern)}"

    def to_dict(self) -> dict[str, Any]:
        return {"mean": self.mean, "standard_deviation": self.deviation, "values": self.values}


@dataclass(frozen=True)
class Row:
    """The results of a candidate.

    Attributes:
      name: the name of the candidate.
      seeds: the seeds with a result, ascending.
      spreads: by the key of a measure, over the seeds; None if no seed has a value.
      parameters: the number of parameters; None without a result.
      flops: FLOPs of one served image, two per multiply-add; None without a result.
      settings: the settings that differ from the defaults, the architecture first.
    """

    name: str
    seeds: tuple[int, ...]
    spreads: Mapping[str, Spread | None]
    parameters: int | None
    flops: int | None
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, results: Mapping[int, Mapping[str, Any]]) -> "Row":
        """Creates a row from the results of trainer.measuring.measure, by seed."""
        seeds = tuple(sorted(results))
        ordered = [results[seed] for seed in seeds]
        spreads: dict[str, Spread | None] = {}
        for measure in (*METRICS, *COSTS):
            values = [{**result, **result["metrics"]}[measure.key] for result in ordered]
            known = [value for value in values if value is not None]
            spreads[measure.key] = Spread.of(known) if known else None
        if not ordered:
            return cls(name, seeds, spreads, None, None, {})
        first = ordered[0]
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
    """The rows of a comparison on the same splits.

    Attributes:
      split: the split that was measured.
      examples: the number of examples in it.
      examples_older: the number of examples from the age at which a task is judged, by task.
      baseline: by multiclass task, `class`: the most frequent class of the train split, in words,
        and `accuracy`: of always predicting it, 0 to 1.
      rows: in the order of the candidates.
      machines: the machines, in words; times are comparable if there is only one.
      interrupted: trainings that took several processes, each with its own start-up time.
      failed: tasks without a result.
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
        """Creates the comparison from at least one result; see Row.of."""
        trainings = {
            f"{name}, seed {seed}": result
            for name, by_seed in results.items()
            for seed, result in by_seed.items()
        }
        first = next(iter(trainings.values()))
        return cls(
            split=first["split"],
            examples=first["examples"],
            examples_older=first["examples_older"],
            baseline=first["baseline"],
            rows=tuple(Row.of(name, by_seed) for name, by_seed in results.items()),
            machines=tuple(
                sorted({_describe_machine(result["machine"]) for result in trainings.values()})
            ),
            interrupted=tuple(
                name for name, result in trainings.items() if result["processes"] > 1
            ),
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


def _describe_machine(machine: Mapping[str, Any]) -> str:
    """Describes the machine of a result of trainer.measuring.measure."""
    return (
        f"{machine['device']} with {machine['cpus']} cores, Python {machine['python']}, "
        f"TensorFlow {machine['tensorflow']}, Keras {machine['keras']}"
    )
