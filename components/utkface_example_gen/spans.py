"""The data paths of a run as TFX's driver wants to be told of them: bases, patterns, a span."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tfx.proto import example_gen_pb2, range_config_pb2
from tfx.types import standard_component_specs as specs
from tfx.utils import proto_utils

from components.errors import InputError
from components.utkface_example_gen import source, sources, span_paths
from components.utkface_example_gen.archive_limits import DEFAULT_LIMITS, ArchiveLimits
from components.utkface_example_gen.plan import PLAN_PROPERTY, IngestPlan
from components.utkface_example_gen.source import Source

# The property that holds the span asked for; TFX itself calls the one taken `span`.
REQUESTED_SPAN = "requested_span"
NEWEST = -1


class Inputs(NamedTuple):
    """Properties of TFX's FileBasedExampleGen.

    Attributes:
      input_base: what the patterns of `input_config` are below; empty if there are several.
      input_config: a pattern a source.
      range_config: the span; None if the data paths have no room for one.
    """

    input_base: str
    input_config: example_gen_pb2.Input
    range_config: range_config_pb2.RangeConfig | None


def resolve(data: str, span: int, limits: ArchiveLimits = DEFAULT_LIMITS) -> Inputs:
    """Looks at data paths, and makes TFX's driver take a span of them.

    Args:
      data: a data path, or several, one a line.
      span: the number of the span, or NEWEST for the newest that all of them have.
      limits: what an archive may hold.

    Raises:
      InputError: if nothing is there, or there is no such span.
    """
    paths = data.splitlines()
    found = sources.resolve_all(paths, limits)
    # A folder in an archive is nothing that TFX's driver could find: the name has it.
    names = [f"source{number}!{one.inside}".rstrip("!") for number, one in enumerate(found, 1)]
    if len(found) == 1:
        base, patterns = found[0].input_base, [found[0].pattern]
    else:
        # Two object stores have no folder in common.
        base, patterns = "", [source.to_pattern(one) for one in found]
    splits = [
        example_gen_pb2.Input.Split(name=name, pattern=pattern)
        for name, pattern in zip(names, patterns, strict=True)
    ]
    return Inputs(base, example_gen_pb2.Input(splits=splits), _range_config(paths, span))


def sources_of(input_base: str, input_config: example_gen_pb2.Input) -> list[Source]:
    """Returns the sources again, once TFX's driver has put the span in."""
    return [
        (
            Source(input_base, split.pattern) if input_base else source.of_pattern(split.pattern)
        )._replace(inside=split.name.partition("!")[2])
        for split in input_config.splits
    ]


def resolve_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Returns properties of UtkFaceExampleGen whose data paths became known when it ran.

    Args:
      properties: `input_base` is the data paths.

    Returns:
      The properties as they are where the paths are known from the start.

    Raises:
      InputError: as resolve.
    """
    limits = IngestPlan.from_json(properties[PLAN_PROPERTY]).settings.archives
    inputs = resolve(properties[specs.INPUT_BASE_KEY], properties[REQUESTED_SPAN], limits)
    resolved = {
        **properties,
        specs.INPUT_BASE_KEY: inputs.input_base,
        specs.INPUT_CONFIG_KEY: proto_utils.proto_to_json(inputs.input_config),
    }
    if inputs.range_config:
        resolved[specs.RANGE_CONFIG_KEY] = proto_utils.proto_to_json(inputs.range_config)
    return resolved


def _range_config(paths: Sequence[str], span: int) -> range_config_pb2.RangeConfig | None:
    without = [path for path in paths if not span_paths.has_spans(path)]
    if len(without) == len(paths) and span == NEWEST:
        return None
    if without:
        raise InputError(
            f"{without[0]}: expected {{SPAN}} or a date in the path, as "
            + (
                f"span {span} was asked for"
                if len(without) == len(paths)
                else "the others have one"
            )
        )
    there = [source.list_spans(path) for path in paths]
    common = set.intersection(*map(set, there))
    if span == NEWEST and common:
        span = max(common)
    for path, spans in zip(paths, there, strict=True):
        if span not in common and (span == NEWEST or span not in spans):
            wanted = "a span that all data paths have"
            if span != NEWEST:
                wanted = f"span {span_paths.describe(path, span)}"
            told = ", ".join(span_paths.describe(path, number) for number in spans)
            raise InputError(f"{path}: expected {wanted}; found {told}")
    return range_config_pb2.RangeConfig(
        static_range=range_config_pb2.StaticRange(start_span_number=span, end_span_number=span)
    )
