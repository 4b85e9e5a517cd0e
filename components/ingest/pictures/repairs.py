"""Codes of the changes to an image before it is stored."""

# Pixels stay the same.
METADATA_REMOVED = "metadata-removed"
COLOR_PROFILE_REMOVED = "colour-profile-removed"
FIRST_FRAME_KEPT = "first-frame-kept"
TRAILING_BYTES_REMOVED = "trailing-bytes-removed"
PIXELS_PACKED_AGAIN = "pixels-packed-again"  # TensorFlow cannot read the old packing

# Pixels change.
ROTATED = "rotated"
PALETTE_TO_RGB = "palette-to-rgb"
GRAY_TO_RGB = "grey-to-rgb"
CMYK_TO_RGB = "cmyk-to-rgb"
SIXTEEN_BIT_TO_EIGHT_BIT = "16-bit-to-8-bit"
ALPHA_REMOVED = "alpha-removed"


def to_png(detected_format: str) -> str:
    """Returns the code for a format that is stored as PNG, such as "webp-to-png"."""
    return f"{detected_format.lower()}-to-png"
