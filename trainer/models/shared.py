"""`shared`: one trunk with a head a task, to hold `compact` against.

Source: "Bai 34 - Multitask Learning" by Pham Dinh Khanh, the tutorial before the one of
`seed`, whose tasks share their parameters up to the heads. The blocks are those of `compact`.
"""

import keras

from trainer import features
from trainer.models.blocks import backbone, head
from trainer.models.heads import head_activation, head_units
from trainer.tasks import TASKS

# So wide that an image costs as many multiplications as with `compact`'s three branches.
_WIDTHS = (32, 80, 160, 288)


def build_shared(age_units: int) -> keras.Model:
    """Builds one trunk whose features all heads get."""
    inputs = keras.Input(features.IMAGE_SHAPE, name="image")
    trunk = backbone(inputs, _WIDTHS)
    outputs = {
        task.output_key: head(
            trunk, head_units(task, age_units), head_activation(task), task.output_key
        )
        for task in TASKS
    }
    return keras.Model(inputs, outputs, name="shared")
