"""Decodes a picture once, defensively: what passes here can be decoded by all that follows."""

from PIL import Image

from components.ingest.ledger.rejection import RejectedFile
from components.ingest.pictures import conversion, formats
from components.ingest.pictures.container import Container
from components.ingest.pictures.decoding import (
    check_ends,
    decode,
    decode_luma,
    decode_small,
    ends_flat,
    opened,
    without_warnings,
)
from components.ingest.pictures.jpeg_segments import DRAWING_COMMENT, read_jpeg
from components.ingest.pictures.other_formats import read_other
from components.ingest.pictures.perceptual_hash import hash_picture
from components.ingest.pictures.pictures import ImageLimits, Picture
from components.ingest.pictures.png_chunks import read_png
from components.ingest.pictures.scalars import COLOUR_SIDE, measure, measure_colour, reduce_luma

__all__ = ["DRAWING_COMMENT", "ImageLimits", "Picture", "examine"]


def examine(data: bytes, limits: ImageLimits, *, colour: bool = True) -> Picture:
    """Looks at every byte of a picture, decodes it, repairs what can be, and measures it.

    The format is told by the bytes. The size is known, and held against the limits, before
    any pixel is made. Pillow is given only what is left when all metadata is gone, so that
    none of its readers of metadata ever sees a hostile byte. A picture that is cut short or
    damaged is never repaired: its missing pixels would have to be invented.

    Args:
      data: a file.
      limits: what is accepted.
      colour: whether to measure it, which takes half as long as all the rest of the pixels.

    Returns:
      The picture as it is to be stored. Its bytes are those of the file unless something
      had to go; pixels are encoded again only where they themselves had to change. A colour
      profile goes without a change of pixels, since no later component ever applied one.

    Raises:
      RejectedFile: if it is not accepted; nothing else is raised, whatever the bytes.
    """
    if not data:
        raise RejectedFile(RejectedFile.EMPTY_FILE, "expected a picture; found no bytes")
    limits.check_bytes(len(data))
    detected = _detect(data, limits)
    if detected == "JPEG":
        found = read_jpeg(data, limits)
    elif detected == "PNG":
        found = read_png(data, limits)
    else:
        found = read_other(data, detected, limits)
    image, converted = _decode(found, detected)
    stored = found.data
    if not found.as_it_is:
        comment = DRAWING_COMMENT if found.drawing else None
        stored = conversion.encode(image, detected, comment)
    luma = image if image.mode == "L" else image.convert("L")
    reduced = reduce_luma(luma)
    return Picture(
        data=stored,
        repairs=(*found.repairs, *converted),
        detected_format=detected,
        width=image.width,
        height=image.height,
        **measure(reduced)._asdict(),
        colour=_colour(found, detected, image) if colour else None,
        perceptual_hash=hash_picture(reduced),
        drawing=found.drawing,
    )


def _decode(found: Container, detected: str) -> tuple[Image.Image, tuple[str, ...]]:
    """Returns upright RGB, or luma if the pixels need no change, and what was changed."""
    if found.as_it_is and detected == "JPEG":
        luma = decode_luma(found.data)
        if found.may_be_cut or ends_flat(luma):
            check_ends(found, luma)
        return luma, ()
    if found.as_it_is:
        return decode(found.data, detected), ()
    if found.scan_ends:
        check_ends(found, decode_luma(found.data))
    with without_warnings(), opened(found.data, detected) as image:
        return conversion.to_upright_rgb(
            image, orientation=found.orientation, sixteen_bit=found.sixteen_bit
        )


def _colour(found: Container, detected: str, image: Image.Image) -> float:
    if found.as_it_is and detected == "JPEG":
        # Its luma alone was decoded.
        return measure_colour(decode_small(found.data, COLOUR_SIDE))
    return measure_colour(image)


def _detect(data: bytes, limits: ImageLimits) -> str:
    detected = formats.sniff(data)
    if detected is None:
        raise RejectedFile(
            RejectedFile.NOT_AN_IMAGE,
            f"expected {limits.wanted}; found bytes that begin {data[:8]!r}",
        )
    if detected not in limits.formats:
        raise RejectedFile(
            RejectedFile.FORMAT_NOT_ALLOWED,
            f"expected {limits.wanted}; found {detected}. {formats.advise(detected)}",
        )
    return detected
