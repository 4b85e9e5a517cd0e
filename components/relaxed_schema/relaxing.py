"""Makes labels optional in a schema, and nothing else."""

from collections.abc import Collection

from tensorflow_metadata.proto.v0 import schema_pb2

from trainer.groups import ATTRIBUTES


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
