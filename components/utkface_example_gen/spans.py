"""The data paths of a run as TFX's driver wants to be told of them: bases, patterns, a span."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from tfx.proto import example_gen_pb2, range_config_pb2
from tfx.types import standard_component_specs as specs
from tfx.utils import proto_utils

from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.plan import PLAN_PROPERTY, IngestPlan
from components.ingest.sources import source, sources, span_paths
from components.ingest.sources.source import Source
from components.ingest.sources.span_choice import NEWEST as NEWEST
from components.ingest.sources.span_choice import choose_span
from components.storage import files

# The property that holds the span asked for; TFX itself calls the one taken `span`.
REQUESTED_SPAN = "requested_span"
# Of a split of the input config.
_NAME = re.compile(r"[^@!]*(?:@(?P<span>\d+))?(?:!(?P<inside>.*))?", re.DOTALL)


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
    taken = choose_span(paths, span)
    range_config, shown = None, ""
    if taken is not None and all(map(_is_known_to_tfx, paths)):
        static = range_config_pb2.StaticRange(start_span_number=taken, end_span_number=taken)
        range_config = range_config_pb2.RangeConfig(static_range=static)
    elif taken is not None:
        found = [source.locate(span_paths.at_span(path, taken)) for path in paths]
        shown = f"@{taken}"
    # Two object stores have no folder in common.
    base = found[0].input_base if len(found) == 1 else ""
    splits = [
        example_gen_pb2.Input.Split(
            # What TFX's driver does not know: the span, and a folder in an archive.
            name=f"source{number}{shown}!{one.inside}".rstrip("!"),
            pattern=one.pattern if base else source.to_pattern(one),
        )
        for number, one in enumerate(found, 1)
    ]
    return Inputs(base, example_gen_pb2.Input(splits=splits), range_config)


def sources_of(input_base: str, input_config: example_gen_pb2.Input) -> list[Source]:
    """Returns the sources again, once TFX's driver has put the span in."""
    found = []
    for split in input_config.splits:
        inside = _parse(split.name)["inside"] or ""
        one = Source(input_base, split.pattern, inside)
        found.append(one if input_base else source.of_pattern(split.pattern, inside))
    return found


def span_of(span: int, input_config: example_gen_pb2.Input) -> int:
    """Returns the number of the span that is read, by what TFX's driver leaves of both."""
    shown = _parse(input_config.splits[0].name)["span"]
    return int(shown) if shown else span


def _parse(name: str) -> dict[str, str | None]:
    found = _NAME.fullmatch(name)
    assert found, name
    return found.groupdict()


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


def _is_known_to_tfx(path: str) -> bool:
    """Returns whether TFX's driver finds spans by a data path; it knows neither months nor `**`."""
    is_month = span_paths.unit_of(path) is span_paths.Unit.MONTH
    return not is_month and files.ANY_FOLDERS not in path.split("/")
