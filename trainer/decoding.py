"""Decodes image files to upright RGB pixels, with TensorFlow operations only.

The ingest stores images upright, without EXIF and without transparency. A served model receives
images as cameras and programs write them. Its graph therefore repeats the work of the ingest: it
applies the EXIF orientation and composites transparent pixels onto white.
"""

import tensorflow as tf

from trainer import features

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_EXIF = tuple(b"Exif\0\0")
_PNG_EXIF, _PNG_TRANSPARENCY, _PNG_PIXELS, _PNG_END = map(
    tuple, (b"eXIf", b"tRNS", b"IDAT", b"IEND")
)
# In a PNG: the offset of the color type in the header chunk, and its bit for an alpha channel.
_COLOR_TYPE, _ALPHA = 25, 4
_APP1, _SCAN = 0xE1, 0xDA
_ORIENTATION, _SHORT, _LONG = 0x0112, 3, 4
_ENTRY = 12
# Zeros after the last byte, for reads past the end.
_MARGIN = 32
_WHITE = 255.0


def decode_upright(image: tf.Tensor) -> tf.Tensor:
    """Decodes an image as the ingest does.

    Args:
      image: the bytes of a JPEG or PNG file, string scalar.

    Returns:
      uint8 [height, width, 3], RGB, upright, with transparent pixels composited onto white.

    Raises:
      tf.errors.InvalidArgumentError: if the bytes are neither a JPEG nor a PNG, or cannot be
        decoded.
    """
    is_png = tf.strings.substr(image, 0, len(_PNG)) == _PNG
    is_supported = is_png | (tf.strings.substr(image, 0, len(_JPEG)) == _JPEG)
    message = "image: expected the bytes of a JPEG or PNG file; found others. Convert the image."
    with tf.control_dependencies([tf.debugging.Assert(is_supported, [message])]):
        pixels = tf.cond(is_png, lambda: _decode_png(image), lambda: _decode_jpeg(image))
    # Most files contain neither marker, so their EXIF is not parsed.
    may_turn = tf.strings.regex_full_match(image, r"(?s)\C*(Exif\x00\x00|eXIf)\C*")
    return tf.cond(
        may_turn, lambda: _turn(pixels, _read_orientation(image, is_png)), lambda: pixels
    )


def _decode_jpeg(image: tf.Tensor) -> tf.Tensor:
    # TensorFlow's default DCT method saves no time, and its pixels differ from other decoders'
    # by up to five gray levels.
    return tf.io.decode_jpeg(image, channels=features.CHANNELS, dct_method="INTEGER_ACCURATE")


def _decode_png(image: tf.Tensor) -> tf.Tensor:
    values = _bytes_of(image)
    has_alpha = (tf.bitwise.bitwise_and(values[_COLOR_TYPE], _ALPHA) > 0) | (
        _find_chunk(values, _PNG_TRANSPARENCY)[0] > 0
    )
    return tf.cond(
        has_alpha,
        lambda: _on_white(tf.io.decode_png(image, channels=features.CHANNELS + 1)),
        lambda: tf.io.decode_png(image, channels=features.CHANNELS),
    )


def _on_white(pixels: tf.Tensor) -> tf.Tensor:
    values = tf.cast(pixels, tf.float32)
    colors, share = values[..., : features.CHANNELS], values[..., features.CHANNELS :] / 255.0
    return tf.cast(tf.round(colors * share + _WHITE * (1.0 - share)), tf.uint8)


def _turn(pixels: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turns pixels [height, width, 3] upright."""
    on_its_side = orientation >= 5
    pixels = tf.cond(on_its_side, lambda: tf.transpose(pixels, (1, 0, 2)), lambda: pixels)
    mirrored, upside_down = (
        tf.reduce_any(orientation == numbers) for numbers in ((2, 3, 6, 7), (3, 4, 7, 8))
    )
    pixels = tf.cond(mirrored, lambda: pixels[:, ::-1], lambda: pixels)
    return tf.cond(upside_down, lambda: pixels[::-1], lambda: pixels)


def _read_orientation(image: tf.Tensor, is_png: tf.Tensor) -> tf.Tensor:
    """Returns the EXIF orientation, int32 from 1 (upright) to 8; 1 if the file has none."""
    values = _bytes_of(image)
    start, end = tf.cond(
        is_png, lambda: _find_chunk(values, _PNG_EXIF), lambda: _find_segment(values)
    )
    # Some programs write the six EXIF bytes of a JPEG into a PNG as well.
    start += tf.where(_is_at(values, start, _EXIF), len(_EXIF), 0)
    return tf.cond(start < end, lambda: _orientation_of(values[start:end]), lambda: 1)


def _bytes_of(image: tf.Tensor) -> tf.Tensor:
    """Returns the bytes of a file as int32, followed by a margin of zeros."""
    values = tf.cast(tf.io.decode_raw(image, tf.uint8), tf.int32)
    return tf.pad(values, [(0, _MARGIN)])


def _find_segment(values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the start (after its name) and end of a JPEG's EXIF; 0 and 0 if it has none."""
    size = tf.size(values) - _MARGIN

    def is_searching(at: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        return (end == 0) & (at < size) & (values[at] == 0xFF) & (values[at + 1] != _SCAN)

    def step(at: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        following = at + 2 + _big_endian(values, at + 2, 2)
        is_filler = values[at + 1] == 0xFF
        is_exif = (values[at + 1] == _APP1) & _is_at(values, at + 4, _EXIF) & (following <= size)
        end = tf.where(is_exif, following, 0)
        return tf.where(is_exif, at, tf.where(is_filler, at + 1, following)), end

    at, end = tf.while_loop(is_searching, step, (len(_JPEG) - 1, 0))
    return tf.where(end > 0, at + 4 + len(_EXIF), 0), end


def _find_chunk(values: tf.Tensor, kind: tuple[int, ...]) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the start and end of the content of a PNG chunk; 0 and 0 if it is missing.

    Transparency comes before the pixels; EXIF may come after them.
    """
    size = tf.size(values) - _MARGIN
    last = _PNG_PIXELS if kind == _PNG_TRANSPARENCY else _PNG_END

    def is_searching(at: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        return (end == 0) & (at < size)

    def step(at: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # The length has four bytes. A length of 16 MB or more ends the search.
        length = tf.where(values[at] > 0, size, _big_endian(values, at + 1, 3))
        content_end = at + 8 + length
        is_wanted = _is_at(values, at + 4, kind) & (content_end <= size)
        end = tf.where(is_wanted, content_end, 0)
        following = tf.where(_is_at(values, at + 4, last), size, content_end + 4)
        return tf.where(is_wanted, at, following), end

    at, end = tf.while_loop(is_searching, step, (len(_PNG), 0))
    return tf.where(end > 0, at + 8, 0), end


def _orientation_of(tiff: tf.Tensor) -> tf.Tensor:
    """Reads the orientation from an EXIF block: int32 bytes, from the byte order mark on."""
    size = tf.size(tiff)
    tiff = tf.pad(tiff, [(0, _MARGIN)])
    little = _is_at(tiff, 0, tuple(b"II"))
    known = little | _is_at(tiff, 0, tuple(b"MM"))

    def number(columns: tf.Tensor) -> tf.Tensor:
        """Converts each row of bytes to a number, int64."""
        wide = tf.cast(tf.cond(little, lambda: columns[..., ::-1], lambda: columns), tf.int64)
        factors = [256**power for power in reversed(range(columns.shape[-1]))]
        return tf.reduce_sum(wide * tf.constant(factors, tf.int64), -1)

    wide_start = tf.minimum(number(tf.ensure_shape(tiff[4:8], (4,))), tf.cast(size, tf.int64))
    start = tf.cast(wide_start, tf.int32)
    count = tf.cast(number(tf.ensure_shape(tiff[start : start + 2], (2,))), tf.int32)
    # Only entries whose tag and type lie inside the block.
    count = tf.clip_by_value((size - start - 2 + _ENTRY - 4) // _ENTRY, 0, count)
    entries = tf.reshape(
        tf.pad(tiff, [(0, _ENTRY)])[start + 2 : start + 2 + _ENTRY * count], (-1, _ENTRY)
    )
    kinds = number(entries[:, 2:4])
    is_long = kinds == _LONG
    value = tf.where(is_long, number(entries[:, 8:12]), number(entries[:, 8:10]))
    end = start + 2 + _ENTRY * tf.range(count) + tf.where(is_long, 12, 10)
    usable = (is_long | (kinds == _SHORT)) & (end <= size) & (value >= 1) & (value <= 8) & known
    # The first orientation entry counts.
    first = tf.where(number(entries[:, :2]) == _ORIENTATION)[:1, 0]
    orientation = tf.gather(tf.where(usable, tf.cast(value, tf.int32), 1), first)
    return tf.reduce_max(tf.concat([[1], orientation], 0))


def _big_endian(values: tf.Tensor, at: tf.Tensor, count: int) -> tf.Tensor:
    """Returns the big-endian number in `count` bytes."""
    factors = [256**power for power in reversed(range(count))]
    return tf.reduce_sum(values[at : at + count] * tf.constant(factors))


def _is_at(values: tf.Tensor, at: tf.Tensor, wanted: tuple[int, ...]) -> tf.Tensor:
    """Returns whether the bytes `wanted` are at `at`, which may be the end of the file."""
    return tf.reduce_all(values[at : at + len(wanted)] == tf.constant(wanted))
