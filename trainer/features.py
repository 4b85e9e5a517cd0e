"""Declares all feature keys and image sizes. The keys of labels come from the tasks.

Every module may import this module: it imports nothing heavy, and of the project only
`trainer.tasks` and `trainer.groups`.
"""

from trainer.groups import ATTRIBUTES
from trainer.tasks import TASKS

# Raw features that UtkFaceExampleGen writes, beside the labels and their bands.
IMAGE_KEY = "image"  # bytes: an encoded JPEG or PNG file
FILE_NAME_KEY = "file_name"  # bytes: the name without the folder
WIDTH_KEY = "width"  # int64: pixels
HEIGHT_KEY = "height"  # int64: pixels
BRIGHTNESS_KEY = "brightness"  # float: the mean of the luma, 0 to 255
CONTRAST_KEY = "contrast"  # float: the standard deviation of the luma
SHARPNESS_KEY = "sharpness"  # float: the variance of the luma's Laplacian
COLOR_KEY = "colour"  # float: distance from gray, 0 to 128; measured for one image in eight

LABEL_KEYS = tuple(task.label_key for task in TASKS)  # int64: numbers, or class codes
# Placeholder for a number that is known only as a range, where a value is required. Raw examples
# leave the label out. See least_key.
UNKNOWN_LABEL = -1
# bytes: one of the values of the attribute.
BAND_KEYS = tuple(attribute.key for attribute in ATTRIBUTES if attribute.upper_bounds)

# Cheap to compute, and they shift when a camera changes.
IMAGE_SCALAR_KEYS = (
    WIDTH_KEY,
    HEIGHT_KEY,
    BRIGHTNESS_KEY,
    CONTRAST_KEY,
    SHARPNESS_KEY,
    COLOR_KEY,
)
# Features that the statistics cover: all but the image bytes and the file name.
STATISTICS_KEYS = (*LABEL_KEYS, *BAND_KEYS, *IMAGE_SCALAR_KEYS)

# Transformed features that preprocessing_fn writes beside the labels.
PIXELS_KEY = "pixels"  # bytes: a serialized uint8 tensor [size, size, CHANNELS]
CHANNEL_MEAN_KEY = "channel_mean"  # float32 [3]: over the train split, 0 to 255
CHANNEL_SCALE_KEY = "channel_scale"  # float32 [3]: 1 / standard deviation

# Default of the setting, in pixels per side. Transformed examples record their own size.
IMAGE_SIZE = 96
# Key in the `custom_config` of Transform.
IMAGE_SIZE_SETTING = "image_size"
CHANNELS = 3
IMAGE_SHAPE = (IMAGE_SIZE, IMAGE_SIZE, CHANNELS)

# The label of each model output, in the order of the branches.
OUTPUT_LABELS = {task.output_key: task.label_key for task in TASKS}

SPLITS = ("train", "eval", "test")


def least_key(label_key: str) -> str:
    """Returns the key of the lower end of a label that is known only as a range."""
    return f"{label_key}_least"


def greatest_key(label_key: str) -> str:
    """Returns the key of the upper end of a label that is known only as a range."""
    return f"{label_key}_greatest"
