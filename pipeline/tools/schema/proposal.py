"""Proposes a schema that fits statistics; this module writes no file."""

import copy
import difflib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.errors import InputError
from pipeline.tools.schema.descriptions import (
    describe,
    describe_feature,
    describe_new_values,
    name_of,
)
from pipeline.tools.schema.differences import Difference, find_differences, to_plain
from pipeline.tools.schema.statistics_files import Statistics, all_examples
from trainer import features

# Statistics omit these on purpose, so their absence means nothing.
_OMITTED = (features.IMAGE_KEY, features.FILE_NAME_KEY)


@dataclass(frozen=True)
class Change:
    """One change of a schema.

    Attributes:
      feature: the feature that changes; None if the change is to the schema as a whole.
      field: the field that changes, e.g. `int_domain.max`; `feature` if the feature is new.
      before: the value in the schema; None if not set.
      after: the value that fits the statistics; None if not set.
      words: the change in plain words, e.g. `age: maximum value 116 -> 120`.
    """

    feature: str | None
    field: str
    before: Any
    after: Any
    words: str


@dataclass(frozen=True)
class Proposal:
    """The changes that make a schema fit.

    Attributes:
      changes: by feature, with changes to the whole schema last; empty if it fits.
      diff: between the canonical texts of the schema and the proposal; empty if it fits.
    """

    changes: tuple[Change, ...]
    diff: str

    def to_json(self) -> str:
        plain = {"changes": [asdict(change) for change in self.changes], "diff": self.diff}
        return json.dumps(_replace_infinity(plain), indent=2, ensure_ascii=False, allow_nan=False)


def infer(statistics: Statistics) -> schema_pb2.Schema:
    """Returns a schema inferred from the first split's statistics alone.

    Raises:
      InputError: if TFDV cannot read the statistics.
    """
    import tensorflow_data_validation as tfdv

    split = next(iter(statistics))
    inferred: schema_pb2.Schema = _call_tfdv(split, tfdv.infer_schema, statistics[split])
    _call_tfdv(split, _replace_value_lists, inferred)
    return inferred


def propose(
    schema: schema_pb2.Schema, statistics: Statistics, *, names: tuple[str, str]
) -> Proposal:
    """Compares a schema with the schema that fits the statistics of all splits.

    TFDV proposes nothing for comparators, which need the statistics of another span.

    Args:
      schema: the curated schema; it is not changed.
      statistics: by split.
      names: the names of the schema and of the proposal, for the header of the diff.

    Raises:
      InputError: if TFDV cannot read the statistics.
    """
    proposed = schema
    for split in statistics:
        proposed = _widen(proposed, split, statistics)
    before, after = (canonical_text(item).splitlines() for item in (schema, proposed))
    lines = difflib.unified_diff(before, after, *names, lineterm="")
    return Proposal(
        changes=tuple(_find_changes(schema, proposed, statistics)),
        diff="".join(f"{line}\n" for line in lines),
    )


def canonical_text(schema: schema_pb2.Schema) -> str:
    """Returns a schema as text, with its features and domains sorted by name."""
    ordered = copy.deepcopy(schema)
    ordered.feature.sort(key=lambda feature: feature.name)
    ordered.string_domain.sort(key=lambda domain: domain.name)
    return text_format.MessageToString(ordered, as_utf8=True)


def _widen(schema: schema_pb2.Schema, split: str, statistics: Statistics) -> schema_pb2.Schema:
    import tensorflow_data_validation as tfdv

    widened: schema_pb2.Schema = _call_tfdv(split, tfdv.update_schema, schema, statistics[split])
    dataset = all_examples(statistics[split])
    if dataset is None:
        return widened
    measured = {name_of(feature) for feature in dataset.features}
    before = {feature.name: feature for feature in schema.feature}
    for feature in widened.feature:
        if feature.name in _OMITTED and feature.name in before and feature.name not in measured:
            feature.CopyFrom(before[feature.name])
    # TFDV reports these bounds, but does not change them.
    limits = widened.dataset_constraints
    count = int(dataset.num_examples)
    if widened.HasField("dataset_constraints"):
        if count < limits.min_examples_count:
            limits.min_examples_count = count
        if limits.HasField("max_examples_count") and count > limits.max_examples_count:
            limits.max_examples_count = count
    return widened


def _replace_value_lists(schema: schema_pb2.Schema) -> None:
    """Gives categorical integers bounds instead of TFDV's value lists, which it later refuses."""
    values = {domain.name: domain.value for domain in schema.string_domain}
    listed = [feature for feature in schema.feature if feature.domain in values]
    integers = [feature for feature in listed if feature.type == schema_pb2.INT]
    for feature in integers:
        numbers = list(map(int, values[feature.domain]))
        for domain in schema.string_domain:
            if domain.name == feature.domain:
                schema.string_domain.remove(domain)
                break
        # This also clears `domain`.
        feature.int_domain.min, feature.int_domain.max = min(numbers), max(numbers)
        feature.int_domain.name, feature.int_domain.is_categorical = feature.name, True


def _call_tfdv(split: str, function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except (ValueError, TypeError, RuntimeError, MemoryError) as error:
        problem = " ".join(str(error).split())
        raise InputError(
            f"Expected statistics that TFDV can read; reading those of the {split} split failed: "
            f"{problem}. Compute them again with StatisticsGen."
        ) from None


def _find_changes(
    before: schema_pb2.Schema, after: schema_pb2.Schema, statistics: Statistics
) -> Iterator[Change]:
    known = {feature.name: feature for feature in before.feature}
    domains = {domain.name: domain for domain in before.string_domain}
    new_domains = {domain.name: domain for domain in after.string_domain}
    for feature in sorted(after.feature, key=lambda feature: feature.name):
        name = feature.name
        if name not in known:
            kind = schema_pb2.FeatureType.Name(feature.type)
            words = f"a new feature: {name}, {kind}"
            yield Change(name, "feature", None, to_plain(feature), words)
            continue
        for difference in find_differences(known[name], feature):
            words = f"{name}: {describe_feature(known[name], difference, statistics)}"
            yield _change(name, difference, words)
        if feature.domain in domains and feature.domain in new_domains:
            old, new = domains[feature.domain], new_domains[feature.domain]
            for difference in find_differences(old, new, "string_domain."):
                added = [value for value in new.value if value not in set(old.value)]
                yield _change(name, difference, f"{name}: {describe_new_values(added)}")
    # The rest belongs to no feature.
    rest = [copy.deepcopy(schema) for schema in (before, after)]
    for schema in rest:
        schema.ClearField("feature")
        schema.ClearField("string_domain")
    for difference in find_differences(*rest):
        yield _change(None, difference, f"the schema: {describe(difference)}")


def _change(feature: str | None, difference: Difference, words: str) -> Change:
    return Change(feature, difference.field, difference.before, difference.after, words)


def _replace_infinity(value: Any) -> Any:
    """Returns values that JSON can hold: infinity becomes text."""
    if isinstance(value, dict):
        return {key: _replace_infinity(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replace_infinity(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
