"""The formats that are accepted only where the limits say so, and are stored as PNG."""

from components.ingest.pictures import repairs
from components.ingest.pictures.container import Container
from components.ingest.pictures.decoding import opened, without_warnings
from components.ingest.pictures.orientation import read_orientation
from components.ingest.pictures.pictures import ImageLimits

_EXIF = b"Exif\0\0"


def read_other(data: bytes, file_format: str, limits: ImageLimits) -> Container:
    """Has Pillow read the header of a WEBP, GIF or BMP.

    Of an animation the first frame is kept, as of a PNG.

    Args:
      data: a file that begins as its format does.
      file_format: Pillow's name of it.
      limits: the size is held against these before any pixel is made.

    Returns:
      The file as it is; with the words for what goes when it is stored as PNG.

    Raises:
      RejectedFile: if it is cut short, is damaged, or has the wrong size.
    """
    with without_warnings(), opened(data, file_format) as image:
        limits.check_size(*image.size)
        words = {
            repairs.METADATA_REMOVED: bool(image.info.keys() & {"exif", "xmp", "comment"}),
            repairs.COLOUR_PROFILE_REMOVED: "icc_profile" in image.info,
            repairs.FIRST_FRAME_KEPT: getattr(image, "is_animated", False),
            repairs.to_png(file_format): True,
        }
        exif = image.info.get("exif", b"")
    return Container(
        data=data,
        repairs=tuple(word for word, applies in words.items() if applies),
        as_it_is=False,
        orientation=read_orientation(exif.removeprefix(_EXIF)),
    )
