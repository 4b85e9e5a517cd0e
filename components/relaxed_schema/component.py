"""RelaxedSchema: the curated schema, relaxed for labels that may be ranges."""

from collections.abc import Collection

from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts
from tfx.utils import io_utils

from trainer.groups import ATTRIBUTES

_FILE = "schema.pbtxt"


@component
def RelaxedSchema(
    labels: Parameter[str],
    schema: InputArtifact[standard_artifacts.Schema],
    relaxed: OutputArtifact[standard_artifacts.Schema],
) -> None:
    """Makes labels that may be ranges optional, and keeps all other constraints.

    Args:
      labels: keys of the labels, separated by spaces.
      schema: the curated schema.
      relaxed: the same schema, except for the labels and their bands.
    """
    curated = io_utils.SchemaReader().read(f"{schema.uri}/{_FILE}")
    io_utils.write_pbtxt_file(f"{relaxed.uri}/{_FILE}", relax(curated, labels.split()))


def relax(schema: schema_pb2.Schema, labels: Collection[str]) -> schema_pb2.Schema:
    """Returns a schema in which some labels and their bands are optional.

    An example with such a label still has one value of it, within its domain.

    Args:
      schema: schema to copy; it is not changed.
      labels: keys of the optional labels.
    """
    bands = {band.key for band in ATTRIBUTES if band.upper_bounds and band.task.label_key in labels}
    optional = {*labels, *bands}
    relaxed = schema_pb2.Schema()
    relaxed.CopyFrom(schema)
    for feature in relaxed.feature:
        if feature.name in optional:
            feature.ClearField("presence")
            feature.ClearField("shape")
            feature.value_count.min = feature.value_count.max = 1
    # They define how to parse examples that have all features.
    for group in relaxed.tensor_representation_group.values():
        for key in optional & group.tensor_representation.keys():
            del group.tensor_representation[key]
    return relaxed
