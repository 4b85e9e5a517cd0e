"""Selects the inputs of the transform graph from the curated schema."""

from tensorflow_metadata.proto.v0 import schema_pb2

from trainer import features
from trainer.tasks import TASKS

_NUMBERS = {task.label_key for task in TASKS if not task.classes}
INPUT_KEYS = (features.IMAGE_KEY, *features.LABEL_KEYS)


def select_inputs(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """Returns the schema of only the inputs, in the order of INPUT_KEYS.

    Inputs are scalars, except labels that examples may lack, which are sparse.

    The curated schema has tensor representations in a map, whose order differs in every process. A
    graph traced from it would have its inputs in that order. Without the map, TFX reads the inputs
    from the features.
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
