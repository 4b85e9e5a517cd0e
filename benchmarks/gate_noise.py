"""Measures the noise that the thresholds of the data gate rest on.

    python benchmarks/gate_noise.py --data crop_part1.tar.gz --pairs 100

Prints three Markdown tables: the distances between random samples of the same images, beside the
floor that `components.data_gate.checks.compared_features` puts under the thresholds; how far each
fault moves a sample, and the verdict of the gate; and the findings of the slice comparison for
random halves of the train split. Samples are drawn with replacement, and are the same in each run.
"""

import argparse
import itertools
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList
from tfx.types import channel_utils, standard_artifacts
from tfx.types.standard_component_specs import DISTRIBUTION_VALIDATOR_CONFIG_KEY

from components.data_gate.checks.anomalies import Distance
from components.data_gate.checks.compared_features import COMPARED
from components.data_gate.checks.limits import Limits, ShareLimits, judge
from components.data_gate.checks.settings import DistanceLimits, GateSettings, SliceLimits
from components.data_gate.checks.split_checks import check_slices
from components.data_gate.finding import Level
from components.data_gate.slice_statistics import ALL, SLICES, Slices, parse_slices, slice_name
from components.ingest.ledger.rows import LedgerRow
from pipeline.gate_inputs import make_drift_validator, make_stats_options
from pipeline.settings.config import PipelineConfig
from pipeline.tools.inspection.inspect import inspect
from trainer import features
from trainer.groups import AGE_BAND, INTERSECTION
from trainer.tasks import AGE

_CHANCE_SIZES = ((70, 70), (300, 300), (1000, 1000), (3000, 3000), (7000, 7000), (700, 7000))
_FAULT_SIZE = 1000
_GATE = GateSettings()
_SCHEMA = make_stats_options(PipelineConfig(data=("unused",)).schema_file).schema

Change = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def older(years: int) -> Change:
    return lambda table, _: with_bands(
        table.assign(**{AGE.label_key: table[AGE.label_key].add(years).clip(upper=AGE.maximum)})
    )


def times(feature: str, factor: float) -> Change:
    return lambda table, _: table.assign(**{feature: table[feature] * factor})


def replaced(feature: str, value: float, *, share: float, of: int | None = None) -> Change:
    """Replaces a share of the values that equal `of`, or of all values that are present."""

    def change(table: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
        old = table[feature]
        meant = old.notna() if of is None else old == of
        new = old.mask(meant & (generator.random(len(table)) < share), value)
        return table.assign(**{feature: new.astype(old.dtype)})

    return change


_ORIGIN, _CLASS = INTERSECTION
_FIRST, _SECOND = _CLASS.task.people or _CLASS.values[:2]
_FAULTS = {
    "five years older": older(5),
    "twenty years older": older(20),
    f"half of the {_ORIGIN.values[0]} labelled {_ORIGIN.values[1]}": replaced(
        _ORIGIN.key, 1, share=0.5, of=0
    ),
    f"a fifth of the {_SECOND} labelled {_FIRST}": replaced(_CLASS.key, 0, share=0.2, of=1),
    "a fifth darker": times(features.BRIGHTNESS_KEY, 0.8),
    "half as bright": times(features.BRIGHTNESS_KEY, 0.5),
    "contrast times 0.7": times(features.CONTRAST_KEY, 0.7),
    "half as sharp": times(features.SHARPNESS_KEY, 0.5),
    "30% grey": replaced(features.COLOR_KEY, 0, share=0.3),
    "colours times 0.7": times(features.COLOR_KEY, 0.7),
}


def with_bands(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{AGE_BAND.key: table[AGE.label_key].map(AGE_BAND.value_of)})


def read_table(data: str) -> pd.DataFrame:
    """Returns the drift features and the split of the images that a run would use."""
    config = PipelineConfig(data=(data,))
    numbers = [key for key in features.IMAGE_SCALAR_KEYS if key in COMPARED]
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder, "ledger.jsonl")
        buckets = config.splits.model_dump()
        inspect(config.data, config.ingest, buckets, ledger=ledger)
        rows = map(LedgerRow.from_json, ledger.read_text().splitlines())
        table = pd.DataFrame(
            {
                "split": row.split,
                **(row.labels or {}),
                **{key: getattr(row, key) for key in numbers},
            }
            for row in rows
            if row.used
        )
    return with_bands(table.astype(dict.fromkeys(numbers, "float32")))


def describe_table(table: pd.DataFrame) -> DatasetFeatureStatisticsList:
    """Computes the statistics of a table as StatisticsGen does."""
    table = table.reset_index(drop=True)
    return tfdv.generate_statistics_from_dataframe(table, tfdv.StatsOptions(schema=_SCHEMA))


def describe_slices(table: pd.DataFrame) -> Slices:
    """Computes statistics of all examples and of components.data_gate.slice_statistics.SLICES."""
    parts = {ALL: table}
    for attributes in SLICES:
        for codes, part in table.groupby([attribute.key for attribute in attributes]):
            values = (one.values[code] for one, code in zip(attributes, codes, strict=True))
            parts[slice_name(*values)] = part
    return {name: parse_slices(describe_table(part))[ALL] for name, part in parts.items()}


@cache
def drift_schema() -> schema_pb2.Schema:
    """Returns the drift features, with the comparators of DriftValidator."""
    channel = channel_utils.as_channel([standard_artifacts.ExampleStatistics()])
    validator = make_drift_validator(_GATE, channel, channel)
    config = validator.exec_properties[DISTRIBUTION_VALIDATOR_CONFIG_KEY]
    types = {feature.name: feature.type for feature in _SCHEMA.feature}
    schema = schema_pb2.Schema()
    for one in config.default_slice_config.feature:
        (name,) = one.path.step
        comparator = one.distribution_comparator
        schema.feature.add(name=name, type=types[name], drift_comparator=comparator)
    return schema


def measure(
    now: DatasetFeatureStatisticsList, before: DatasetFeatureStatisticsList
) -> Iterator[Distance]:
    """Yields the distance that each feature has moved, as DriftValidator computes it."""
    found = tfdv.validate_statistics(now, drift_schema(), previous_statistics=before)
    for info in found.drift_skew_info:
        (feature,), (measured,) = info.path.step, info.drift_measurements
        yield Distance("train", "train", feature, measured.value)


class Samples:
    """Random samples of a table. Statistics of each are computed once, and used in two pairs."""

    def __init__(self, table: pd.DataFrame, pairs: int):
        self.table, self._pairs = table, pairs
        self._described = cache(lambda size, number: describe_table(self._draw(size, number)))

    def distances(self, now: int, before: int, change: Change | None = None) -> pd.DataFrame:
        """Compares samples of two sizes, the first changed; returns all Distances."""
        found: list[Distance] = []
        for number in range(self._pairs):
            first = self._described(now, number)
            if change:
                table = change(self._draw(now, number), np.random.default_rng(number))
                first = describe_table(table)
            found += measure(first, self._described(before, (number + 1) % self._pairs))
        return pd.DataFrame(found)

    def _draw(self, size: int, number: int) -> pd.DataFrame:
        generator = np.random.default_rng((size, number))
        return self.table.sample(size, replace=True, random_state=generator)


def chance(samples: Samples) -> Iterator[Sequence[object]]:
    found = {sizes: samples.distances(*sizes) for sizes in _CHANCE_SIZES}
    for feature in COMPARED:
        for (now, before), distances in found.items():
            values = distances[distances.feature == feature].value
            least = COMPARED[feature].floor(now, before)
            numbers = (f"{value:.4f}" for value in (*values.quantile([0.5, 0.99, 1]), least))
            yield feature, f"{now:,} v {before:,}", *numbers, f"{least / values.max():.2f}"


def faults(samples: Samples) -> Iterator[Sequence[object]]:
    limits: DistanceLimits = _GATE.drift
    for words, change in _FAULTS.items():
        distances = samples.distances(_FAULT_SIZE, _FAULT_SIZE, change)
        changed = change(samples.table, np.random.default_rng(0))
        for feature in COMPARED:
            if changed[feature].equals(samples.table[feature]):
                continue
            found = distances[distances.feature == feature]
            least = COMPARED[feature].floor(_FAULT_SIZE, _FAULT_SIZE)
            levels = Counter(judge(value, limits.of(feature), least)[0] for value in found.value)
            shares = (f"{levels[level] / len(found):.0%}" for level in (Level.WARN, Level.STOP))
            yield words, feature, f"{found.value.median():.3f}", *shares


def slices(train: pd.DataFrame, halves: int) -> Iterator[Sequence[object]]:
    whole = describe_slices(train)
    against: dict[str, list[tuple[Slices, Slices]]] = {"the whole": [], "the other half": []}
    for number in range(halves):
        half = train.sample(frac=0.5, random_state=number)
        described = describe_slices(half)
        against["the whole"].append((described, whole))
        against["the other half"].append((described, describe_slices(train.drop(half.index))))
    for words, pairs in against.items():
        unsure = _GATE.slices.model_copy(update={"certainty": 0.0})
        counts = (count_findings(pairs, limits) for limits in (_GATE.slices, unsure))
        yield f"{halves} halves v {words}", *counts, find_greatest_move(pairs)


def count_findings(pairs: list[tuple[Slices, Slices]], limits: SliceLimits) -> int:
    return sum(len(list(check_slices(*pair, limits))) for pair in pairs)


def find_greatest_move(pairs: list[tuple[Slices, Slices]]) -> float:
    """Returns the standard errors that no move reaches, rounded up to a tenth."""
    # Every move that is certain enough is a finding.
    any_move = SliceLimits(mean=Limits(warn=0), share=ShareLimits(warn=0))
    for tenths in itertools.count():
        limits = any_move.model_copy(update={"certainty": tenths / 10})
        if not count_findings(pairs, limits):
            break
    return tenths / 10


def print_table(header: Sequence[str], rows: Iterator[Sequence[object]], *, words: int) -> None:
    """Prints rows as they arrive. The first few columns are words, the others numbers."""
    rule = "---|" * words + "---:|" * (len(header) - words)
    print(f"\n| {' | '.join(header)} |\n|{rule}", flush=True)
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, help="a folder or archive of UTKFace files")
    parser.add_argument("--pairs", type=int, default=100, help="of samples, for each distance")
    parser.add_argument("--halves", type=int, default=20, help="of the train split")
    arguments = parser.parse_args()
    table = read_table(arguments.data)
    train = table[table.pop("split") == "train"]
    samples = Samples(table, arguments.pairs)
    quantiles = ("median", "99th percentile", "greatest")
    header = ("feature", "examples", *quantiles, "floor", "floor / greatest")
    print_table(header, chance(samples), words=2)
    print_table(("fault", "feature", "median", "warns", "stops"), faults(samples), words=2)
    asked = ("with no certainty asked", "no move reaches (standard errors)")
    print_table(("train split", "findings", *asked), slices(train, arguments.halves), words=1)


if __name__ == "__main__":
    main()
