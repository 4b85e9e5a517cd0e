"""Which span of the data is taken, as TFX's driver wants to be told."""

from typing import Any

from tfx.proto import example_gen_pb2, range_config_pb2
from tfx.types import standard_component_specs as specs
from tfx.utils import proto_utils

from components.errors import InputError
from components.utkface_example_gen import source, span_paths

# The property that holds the span asked for; TFX itself calls the one taken `span`.
REQUESTED_SPAN = "requested_span"
NEWEST = -1


def range_config(data: str, span: int) -> range_config_pb2.RangeConfig | None:
    """Returns what makes TFX's driver take a span; None leaves it to take the newest.

    Args:
      data: the data path.
      span: the number of the span, or NEWEST.

    Raises:
      InputError: if a span is asked for and the data path has none.
    """
    if span == NEWEST:
        return None
    if not span_paths.has_spans(data):
        raise InputError(f"{data}: expected {{SPAN}} in the path, for span {span} was asked for")
    there = source.list_spans(data)
    if span not in there:
        raise InputError(f"{data}: expected span {span}; found {', '.join(map(str, there))}")
    return range_config_pb2.RangeConfig(
        static_range=range_config_pb2.StaticRange(start_span_number=span, end_span_number=span)
    )


def input_config(pattern: str) -> example_gen_pb2.Input:
    return example_gen_pb2.Input(splits=[example_gen_pb2.Input.Split(name="all", pattern=pattern)])


def resolve_properties(properties: dict[str, Any]) -> dict[str, Any]:
    """Returns properties of UtkFaceExampleGen whose data path became known when it ran.

    Args:
      properties: `input_base` is the whole data path.

    Returns:
      The properties as they are where the path is known from the start.

    Raises:
      InputError: if nothing is there, or the data path has no spans and one is asked for.
    """
    data = properties[specs.INPUT_BASE_KEY]
    where = source.resolve(data)
    resolved = {
        **properties,
        specs.INPUT_BASE_KEY: where.input_base,
        specs.INPUT_CONFIG_KEY: proto_utils.proto_to_json(input_config(where.pattern)),
    }
    wanted = range_config(data, properties[REQUESTED_SPAN])
    if wanted:
        resolved[specs.RANGE_CONFIG_KEY] = proto_utils.proto_to_json(wanted)
    return resolved
