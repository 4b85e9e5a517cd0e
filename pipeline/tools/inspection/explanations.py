"""The meaning of each code in the ledger, in a sentence for newcomers."""

from components.html.words import listed
from components.ingest.labels.label_source import LABELS_CORRECTED
from components.ingest.ledger.rows import Status
from components.ingest.pictures import repairs
from components.ingest.rejection import RejectedFile
from trainer.tasks import TASKS

_CORRECTED = "the labels come from the list of corrections."
_THE_LABELS = listed((f"the {task.name}" for task in TASKS), "or")
_ANY_LABEL = listed((f"a{'n' * (task.name[0] in 'aeiou')} {task.name}" for task in TASKS), "or")
_QUARANTINED = {
    RejectedFile.NAME_GRAMMAR: (
        "The name does not follow the naming scheme of the data set, so it has no labels."
    ),
    RejectedFile.LABEL_MISSING: (
        f"The name or the manifest lacks {_THE_LABELS}. Labels are never guessed."
    ),
    RejectedFile.LABEL_OUT_OF_RANGE: (
        f"The name or the manifest has {_ANY_LABEL} outside the range of the data set."
    ),
    RejectedFile.LABEL_UNKNOWN: (
        "The manifest has a value that is neither a number nor a class of the settings."
    ),
    RejectedFile.LABEL_IS_A_RANGE: (
        "The manifest has a range of numbers, such as 20-29. No number is chosen from it."
    ),
    RejectedFile.FILE_WITHOUT_ROW: "The manifest has no row for the file.",
    RejectedFile.ROW_WITHOUT_FILE: "The manifest has a row for a file that does not exist.",
    RejectedFile.SEVERAL_ROWS: (
        "The manifest has several rows for the file. The correct one is unknown."
    ),
    RejectedFile.ROW_OF_SEVERAL_FILES: (
        "The row of the manifest matches different images. The correct one is unknown."
    ),
    RejectedFile.ROW_DAMAGED: (
        "The row of the manifest names no file, or has too many or too few cells."
    ),
    RejectedFile.EMPTY_FILE: "The file is empty.",
    RejectedFile.TOO_MANY_BYTES: "The file is larger than the settings allow.",
    RejectedFile.NOT_AN_IMAGE: (
        "The file is not an image, or the image is damaged, whatever its name says."
    ),
    RejectedFile.FORMAT_NOT_ALLOWED: "The image has a format that the settings do not allow.",
    RejectedFile.TOO_MANY_PIXELS: "The image is larger than the settings allow.",
    RejectedFile.TOO_SMALL: "The image is smaller than the settings require.",
    RejectedFile.TRUNCATED: (
        "The image is truncated. Its missing pixels would have to be invented."
    ),
    RejectedFile.UNREADABLE: "The file could not be read, or only in part.",
    RejectedFile.UNSAFE_ARCHIVE_MEMBER: (
        "The archive member is not safe to read: a symbolic link, a path that leads out of the "
        "archive, or more bytes than the settings allow."
    ),
    RejectedFile.LINK_OUTSIDE: (
        "The file is a symbolic link out of the data folder, which the settings forbid."
    ),
    RejectedFile.TAKEDOWN: "The list of takedowns has the file: its removal was requested.",
    RejectedFile.DUPLICATE: (
        "Another file has the same bytes and the same labels. One of them is used."
    ),
    RejectedFile.LABEL_CONFLICT: (
        "Files with the same bytes have different labels. The correct label is unknown, so none of "
        "them is used."
    ),
}
_REPAIRED = {
    RejectedFile.NAME_GRAMMAR: f"The name has no labels; {_CORRECTED}",
    RejectedFile.LABEL_MISSING: f"The name or the manifest lacks a label; {_CORRECTED}",
    RejectedFile.LABEL_OUT_OF_RANGE: (
        f"The name or the manifest has a label out of range; {_CORRECTED}"
    ),
    RejectedFile.LABEL_UNKNOWN: f"The manifest has no such class or number; {_CORRECTED}",
    RejectedFile.LABEL_IS_A_RANGE: f"The manifest has a range of numbers; {_CORRECTED}",
    RejectedFile.FILE_WITHOUT_ROW: f"The manifest has no row for the file; {_CORRECTED}",
    RejectedFile.SEVERAL_ROWS: f"The manifest has several rows for the file; {_CORRECTED}",
    RejectedFile.ROW_OF_SEVERAL_FILES: f"The row matches different images; {_CORRECTED}",
    RejectedFile.ROW_DAMAGED: f"The row of the manifest is damaged; {_CORRECTED}",
    LABELS_CORRECTED: f"The labels are valid but known to be wrong; {_CORRECTED}",
    repairs.METADATA_REMOVED: ("Metadata was removed, such as where the image was taken."),
    repairs.COLOR_PROFILE_REMOVED: "The color profile was removed; no pixel was changed.",
    repairs.FIRST_FRAME_KEPT: "The file holds several images; the first was kept.",
    repairs.TRAILING_BYTES_REMOVED: "Bytes after the end of the image were removed.",
    repairs.PIXELS_PACKED_AGAIN: "The pixels were stored in a form that every program reads.",
    repairs.ROTATED: "The image was rotated upright, as its metadata says.",
    repairs.PALETTE_TO_RGB: "A palette was replaced by the color of each pixel.",
    repairs.GRAY_TO_RGB: "A gray image was stored with three equal color channels.",
    repairs.CMYK_TO_RGB: "CMYK colors were converted to RGB.",
    repairs.SIXTEEN_BIT_TO_EIGHT_BIT: "The upper eight of 16 bits per channel were kept.",
    repairs.ALPHA_REMOVED: "Transparent parts were put on white.",
    repairs.to_png("WEBP"): "A WEBP image is stored as PNG.",
    repairs.to_png("GIF"): "A GIF image is stored as PNG.",
    repairs.to_png("BMP"): "A BMP image is stored as PNG.",
}


def explain(status: Status, code: str) -> str:
    """Returns the meaning of a code for a quarantined or a repaired file.

    Raises:
      KeyError: if the code does not exist.
    """
    return (_REPAIRED if status is Status.REPAIRED else _QUARANTINED)[code]
