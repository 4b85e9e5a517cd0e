"""Checks, repairs and measures an image; accepted images decode in all later components."""

from components.html.words import listed
from components.ingest.pictures import container, formats
from components.ingest.pictures.decoding import decode, decode_draft, encode, read_other
from components.ingest.pictures.jpeg_segments import DRAWING_COMMENT, read_jpeg
from components.ingest.pictures.perceptual_hash import hash_image
from components.ingest.pictures.pictures import ImageLimits, Picture
from components.ingest.pictures.png_chunks import read_png
from components.ingest.pictures.scalars import COLOR_SIDE, measure, measure_color, reduce_luma
from components.ingest.rejection import RejectedFile, too_many_bytes

_DRAWING_SEGMENT = bytes((0xFF, 0xFE, 0, len(DRAWING_COMMENT) + 2)) + DRAWING_COMMENT


def examine(data: bytes, limits: ImageLimits, *, with_color: bool = True) -> Picture:
    """Checks every byte of an image, decodes it, repairs it if possible, and measures it.

    The bytes determine the format. The size is checked before any pixel is decoded, and Pillow
    never sees the metadata of a JPEG or PNG. A truncated or damaged image is refused, because its
    missing pixels would be invented. Pixels are encoded again only if they change.
    Measuring the color takes half as long as all other measures together.

    Raises:
      RejectedFile: if the image is not accepted; no bytes raise any other error.
    """
    detected = _detect(data, limits)
    read = {"JPEG": read_jpeg, "PNG": read_png}.get(detected)
    file = read(data, limits) if read else read_other(data, detected, limits)
    image, converted = decode(file, detected)
    stored, drawing = file.data, detected == "JPEG" and _DRAWING_SEGMENT in file.data
    if not file.as_it_is:
        stored = encode(image, detected, DRAWING_COMMENT if drawing else None)
    is_luma = image.mode == "L"
    color_image = decode_draft(stored, "RGB", COLOR_SIDE) if with_color and is_luma else image
    reduced = reduce_luma(image if is_luma else image.convert("L"))
    return Picture(
        data=stored,
        repairs=(*file.repairs, *converted),
        detected_format=detected,
        width=image.width,
        height=image.height,
        **measure(reduced),
        colour=measure_color(color_image) if with_color else None,
        perceptual_hash=hash_image(reduced),
        drawing=drawing,
    )


def _detect(data: bytes, limits: ImageLimits) -> str:
    if not data:
        raise RejectedFile(RejectedFile.EMPTY_FILE, "expected an image; found no bytes")
    if len(data) > limits.max_bytes:
        raise too_many_bytes(len(data), limits.max_bytes)
    detected, expected = formats.sniff(data), f"a {listed(limits.formats, 'or')} image"
    if detected is None:
        detail = f"expected {expected}; found bytes that start with {data[:8]!r}"
        raise RejectedFile(RejectedFile.NOT_AN_IMAGE, detail)
    if detected not in limits.formats:
        raise container.not_allowed(expected, f"{detected}. {formats.advise(detected)}")
    return detected
