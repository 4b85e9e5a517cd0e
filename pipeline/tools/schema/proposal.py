"""What a schema would have to be for statistics; nothing here writes a file."""

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
from pipeline.tools.schema.differences import Difference, find_differences, to_plain
from pipeline.tools.schema.statistics_files import Statistics, all_examples
from pipeline.tools.schema.words import describe, describe_feature, describe_new_values, name_of
from trainer import features

# Statistics leave these out on purpose, so that it means nothing if they are not in them.
_LEFT_OUT = (features.IMAGE_KEY, features.FILE_NAME_KEY)


@dataclass(frozen=True)
class Change:
    """One change of a schema.

    Attributes:
      feature: whose it is; None if it is of the schema as a whole.
      field: what changes, such as `int_domain.max`; `feature` if all of it is new.
      before: None where it is not set, as is `after`.
      after: the value that the statistics ask for.
      words: all this for people, such as `age: greatest value 116 -> 120`.
    """

    feature: str | None
    field: str
    before: Any
    after: Any
    words: str


@dataclass(frozen=True)
class Proposal:
    """What a schema would have to be.

    Attributes:
      changes: by feature, those of the schema as a whole last; empty if it fits.
      diff: from the schema's canonical text to the proposed one's; empty if it fits.
    """

    changes: tuple[Change, ...]
    diff: str

    def to_json(self) -> str:
        plain = {"changes": [asdict(change) for change in self.changes], "diff": self.diff}
        return json.dumps(_finite(plain), indent=2, ensure_ascii=False, allow_nan=False)


def infer(statistics: Statistics) -> schema_pb2.Schema:
    """Returns a schema made from the first split's statistics alone.

    Raises:
      InputError: if TFDV cannot read them.
    """
    import tensorflow_data_validation as tfdv

    split = next(iter(statistics))
    inferred: schema_pb2.Schema = _asked(split, tfdv.infer_schema, statistics[split])
    _asked(split, _give_categories_bounds, inferred)
    return inferred


def propose(
    schema: schema_pb2.Schema, statistics: Statistics, *, names: tuple[str, str]
) -> Proposal:
    """Compares a schema with what it would have to be for the statistics of all splits.

    TFDV proposes nothing for comparators, which take the statistics of another span.

    Args:
      schema: the curated schema; it is not changed.
      statistics: by split.
      names: of the schema and of the proposed one, for the head of the diff.

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

    widened: schema_pb2.Schema = _asked(split, tfdv.update_schema, schema, statistics[split])
    dataset = all_examples(statistics[split])
    if dataset is None:
        return widened
    described = {name_of(feature) for feature in dataset.features}
    before = {feature.name: feature for feature in schema.feature}
    for feature in widened.feature:
        if feature.name in _LEFT_OUT and feature.name in before and feature.name not in described:
            feature.CopyFrom(before[feature.name])
    # TFDV reports these, and leaves them as they are.
    limits = widened.dataset_constraints
    count = int(dataset.num_examples)
    if widened.HasField("dataset_constraints"):
        if count < limits.min_examples_count:
            limits.min_examples_count = count
        if limits.HasField("max_examples_count") and count > limits.max_examples_count:
            limits.max_examples_count = count
    return widened


def _give_categories_bounds(schema: schema_pb2.Schema) -> None:
    """Bounds categorical integers, of which TFDV lists the values: a list that it then refuses."""
    values = {domain.name: domain.value for domain in schema.string_domain}
    listed = [feature for feature in schema.feature if feature.domain in values]
    integers = [feature for feature in listed if feature.type == schema_pb2.INT]
    for feature in integers:
        numbers = list(map(int, values[feature.domain]))
        for domain in schema.string_domain:
            if domain.name == feature.domain:
                schema.string_domain.remove(domain)
                break
        # This clears `domain` as well.
        feature.int_domain.min, feature.int_domain.max = min(numbers), max(numbers)
        feature.int_domain.name, feature.int_domain.is_categorical = feature.name, True


def _asked(split: str, function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except (ValueError, TypeError, RuntimeError, MemoryError) as error:
        problem = " ".join(str(error).split())
        raise InputError(
            f"Expected statistics that TFDV can read; those of the {split} split it cannot: "
            f"{problem}. Make them anew with StatisticsGen."
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
    # What is left is of no feature.
    rest = [copy.deepcopy(schema) for schema in (before, after)]
    for schema in rest:
        schema.ClearField("feature")
        schema.ClearField("string_domain")
    for difference in find_differences(*rest):
        yield _change(None, difference, f"the schema: {describe(difference)}")


def _change(feature: str | None, difference: Difference, words: str) -> Change:
    return Change(feature, difference.field, difference.before, difference.after, words)


def _finite(value: Any) -> Any:
    """Returns values as JSON can hold them, which knows no infinity."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
