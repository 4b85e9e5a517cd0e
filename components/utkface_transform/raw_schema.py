"""What the transform graph takes, out of the curated schema."""

from tensorflow_metadata.proto.v0 import schema_pb2

from trainer import features
from trainer.tasks import TASKS

_NUMBERS = {task.label_key for task in TASKS if not task.classes}
INPUT_KEYS = (features.IMAGE_KEY, *features.LABEL_KEYS)


def select_inputs(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """Returns the schema of the inputs alone, in the order of INPUT_KEYS.

    They are scalars, but for labels that examples may lack; those are sparse.

    The curated schema says how to parse an example in a map, whose order is drawn anew in every
    process, and so is that of the inputs of a graph that is traced by it. TFX reads these from
    the features themselves.
    """
    curated = {feature.name: feature for feature in schema.feature}
    selected = schema_pb2.Schema()
    for key in INPUT_KEYS:
        if key in curated:
            feature = selected.feature.add(name=key, type=curated[key].type)
            if key in _NUMBERS and not curated[key].presence.min_fraction:
                continue
            feature.presence.min_fraction = 1.0
            feature.presence.min_count = 1
            feature.shape.SetInParent()
    return selected
