"""Selects the inputs of the transform graph from the curated schema."""

from tensorflow_metadata.proto.v0 import schema_pb2

from trainer import features
from trainer.tasks import TASKS

_NUMBERS = {task.label_key for task in TASKS if not task.classes}
INPUT_KEYS = (features.IMAGE_KEY, *features.LABEL_KEYS)


def select_inputs(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """Returns the schema of only the inputs, in the order of INPUT_KEYS.

    Inputs that the curated schema lacks are left out. An input is a scalar that every example has,
    except the label of a regression that the curated schema does not require: it is sparse.

    The curated schema says in a map, its tensor representations, how to parse an example. The order
    of a map differs in every process, and so would the order of the inputs of a graph that is
    traced from it. Without the map, TFX infers how to parse an example from the features, which
    have an order.
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
