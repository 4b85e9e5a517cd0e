"""Translates the data paths of a run for TFX's driver: bases, patterns, a span."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from tfx.proto import example_gen_pb2, range_config_pb2
from tfx.types import standard_component_specs as specs
from tfx.utils import proto_utils

from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.plan import PLAN_PROPERTY, IngestPlan
from components.ingest.sources import source, span_paths
from components.ingest.sources.source import Source
from components.ingest.sources.span_choice import NEWEST as NEWEST
from components.ingest.sources.span_choice import choose_span
from components.storage import files

# The property of the requested span; TFX calls the chosen span `span`.
REQUESTED_SPAN = "requested_span"
# The name of a split in the input config.
_NAME = re.compile(r"[^@!]*(?:@(?P<span>\d+))?(?:!(?P<inside>.*))?", re.DOTALL)


class Inputs(NamedTuple):
    """Properties of TFX's FileBasedExampleGen.

    Attributes:
      input_base: base of the patterns in `input_config`; empty if there are several sources.
      input_config: a pattern for each source.
      range_config: the span; None if the data paths have no placeholder, or only one that TFX
        does not support.
    """

    input_base: str
    input_config: example_gen_pb2.Input
    range_config: range_config_pb2.RangeConfig | None


def resolve(data: str, span: int, limits: ArchiveLimits = DEFAULT_LIMITS) -> Inputs:
    """Resolves data paths, and makes TFX's driver choose a span of them.

    Args:
      data: a data path, or several, one per line.
      span: number of the span, or NEWEST for the newest span that all paths have.
      limits: limits of archives.

    Raises:
      InputError: if nothing exists at a path, or the span does not exist.
    """
    paths = data.splitlines()
    sources = source.resolve_all(paths, limits)
    chosen = choose_span(paths, span)
    range_config, suffix = None, ""
    if chosen is not None and all(map(_is_known_to_tfx, paths)):
        static = range_config_pb2.StaticRange(start_span_number=chosen, end_span_number=chosen)
        range_config = range_config_pb2.RangeConfig(static_range=static)
    elif chosen is not None:
        sources = [source.locate(span_paths.at_span(path, chosen)) for path in paths]
        suffix = f"@{chosen}"
    # Two object stores have no common folder.
    base = sources[0].input_base if len(sources) == 1 else ""
    splits = [
        example_gen_pb2.Input.Split(
            # Holds what TFX's driver does not know: the span, and a folder in an archive.
            name=f"source{number}{suffix}!{each.inside}".rstrip("!"),
            pattern=each.pattern if base else source.to_pattern(each),
        )
        for number, each in enumerate(sources, 1)
    ]
    return Inputs(base, example_gen_pb2.Input(splits=splits), range_config)


def sources_of(input_base: str, input_config: example_gen_pb2.Input) -> list[Source]:
    """Returns the sources after TFX's driver has filled in the span."""
    sources = []
    for split in input_config.splits:
        inside = _parse(split.name)["inside"] or ""
        if input_base:
            sources.append(Source(input_base, split.pattern, inside))
        else:
            sources.append(source.of_pattern(split.pattern, inside))
    return sources


def span_of(span: int, input_config: example_gen_pb2.Input) -> int:
    """Returns the number of the span to read, from the driver's span and the input config."""
    named = _parse(input_config.splits[0].name)["span"]
    return int(named) if named else span


def _parse(name: str) -> dict[str, str | None]:
    match = _NAME.fullmatch(name)
    assert match, name
    return match.groupdict()


def resolve_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Resolves properties of UtkFaceExampleGen whose data paths are only known at run time.

    Args:
      properties: properties whose `input_base` contains the data paths.

    Returns:
      The properties in the form they have if the paths are known at construction.

    Raises:
      InputError: see resolve.
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


def _is_known_to_tfx(path: str) -> bool:
    """Returns whether TFX's driver supports a data path; it knows neither months nor `**`."""
    is_month = span_paths.unit_of(path) is span_paths.Unit.MONTH
    return not is_month and files.ANY_FOLDERS not in path.split("/")
