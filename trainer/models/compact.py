"""`compact`: independent branches, one a task, small enough for a CPU."""

import keras

from trainer import features
from trainer.models.blocks import backbone, head
from trainer.models.heads import head_activation, head_units
from trainer.tasks import TASKS

# At 32, 16, 8 and 4 pixels a side.
_WIDTHS = (16, 48, 96, 160)


def build_compact(age_units: int) -> keras.Model:
    """Builds equal branches that share nothing but the input image."""
    inputs = keras.Input(features.IMAGE_SHAPE, name="image")

    outputs = {
        task.output_key: head(
            backbone(inputs, _WIDTHS),
            head_units(task, age_units),
            head_activation(task),
            task.output_key,
        )
        for task in TASKS
    }
    return keras.Model(inputs, outputs, name="compact")
