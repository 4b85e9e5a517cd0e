"""Every feature key and image size, declared once; those of the labels come from the tasks.

This module imports nothing of the project but `trainer.tasks` and `trainer.groups`, and nothing
heavy, so that every other module can use it.
"""

from trainer.groups import ATTRIBUTES
from trainer.tasks import TASKS

# Raw features, as UtkFaceExampleGen writes them, beside the labels and the bands of labels.
IMAGE_KEY = "image"  # bytes: an encoded JPEG or PNG file
FILE_NAME_KEY = "file_name"  # bytes: the name without its folder
WIDTH_KEY = "width"  # int64: pixels
HEIGHT_KEY = "height"  # int64: pixels
BRIGHTNESS_KEY = "brightness"  # float: the mean of the luma, 0 to 255
CONTRAST_KEY = "contrast"  # float: the standard deviation of the luma
SHARPNESS_KEY = "sharpness"  # float: the variance of the luma's Laplacian
COLOUR_KEY = "colour"  # float: how far from grey, 0 to 128; measured of one picture in eight

LABEL_KEYS = tuple(task.label_key for task in TASKS)  # int64: numbers, or codes of classes
# Stands for a number of which a range alone is known, wherever there must be one; raw examples
# have none then. See least_key.
UNKNOWN_LABEL = -1
# bytes: one of the values of the attribute.
BAND_KEYS = tuple(attribute.key for attribute in ATTRIBUTES if attribute.upper_bounds)
# Cheap to have, and they move when a camera changes.

IMAGE_SCALAR_KEYS = (
    *(WIDTH_KEY, HEIGHT_KEY, BRIGHTNESS_KEY, CONTRAST_KEY, SHARPNESS_KEY),
    COLOUR_KEY,
)
# What the statistics cover: everything but the image bytes and the file name.
STATISTICS_KEYS = (*LABEL_KEYS, *BAND_KEYS, *IMAGE_SCALAR_KEYS)

# Transformed features, as preprocessing_fn writes them beside the labels.
PIXELS_KEY = "pixels"  # bytes: a serialised uint8 tensor [size, size, CHANNELS]
CHANNEL_MEAN_KEY = "channel_mean"  # float32 [3]: over the train split, in 0..255
CHANNEL_SCALE_KEY = "channel_scale"  # float32 [3]: 1 / standard deviation

# The default of the setting, pixels a side; what was transformed says its own.
IMAGE_SIZE = 96
# The key of the `custom_config` of Transform.
IMAGE_SIZE_SETTING = "image_size"
CHANNELS = 3
IMAGE_SHAPE = (IMAGE_SIZE, IMAGE_SIZE, CHANNELS)

# The labels of the model's outputs, in the order of the branches.
OUTPUT_LABELS = {task.output_key: task.label_key for task in TASKS}

SPLITS = ("train", "eval", "test")


def least_key(label_key: str) -> str:
    """Returns the key of the least value that a label may have of which a range is known."""
    return f"{label_key}_least"


def greatest_key(label_key: str) -> str:
    """Returns the key of the greatest; see least_key."""
    return f"{label_key}_greatest"
