"""What the transform graph takes, out of the curated schema."""

from tensorflow_metadata.proto.v0 import schema_pb2

from trainer import features

INPUT_KEYS = (features.IMAGE_KEY, *features.LABEL_KEYS)


def select_inputs(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """Returns the schema of the inputs alone: scalars, in the order of INPUT_KEYS.

    The curated schema says how to parse an example in a map, whose order is drawn anew in every
    process, and so is that of the inputs of a graph that is traced by it. TFX reads these from
    the features themselves.
    """
    curated = {feature.name: feature for feature in schema.feature}
    selected = schema_pb2.Schema()
    for key in INPUT_KEYS:
        if key in curated:
            feature = selected.feature.add(name=key, type=curated[key].type)
            feature.presence.min_fraction = 1.0
            feature.presence.min_count = 1
            feature.shape.SetInParent()
    return selected
