"""What each code in the ledger means, in a sentence for those who do not know this project."""

from components.html.words import listed
from components.ingest.labels.label_source import LABELS_CORRECTED
from components.ingest.ledger.rows import Status
from components.ingest.pictures import repairs
from components.ingest.rejection import RejectedFile
from trainer.tasks import TASKS

_CORRECTED = "the labels are those of the list of corrections."
_THE_LABELS = listed((f"the {task.name}" for task in TASKS), "or")
_ANY_LABEL = listed((f"a{'n' * (task.name[0] in 'aeiou')} {task.name}" for task in TASKS), "or")
_QUARANTINED = {
    RejectedFile.NAME_GRAMMAR: (
        "The name is not built as the data set builds its names, so it tells no labels."
    ),
    RejectedFile.LABEL_MISSING: (
        f"The name, or the manifest, lacks {_THE_LABELS}. No label is ever guessed."
    ),
    RejectedFile.LABEL_OUT_OF_RANGE: (
        f"The name, or the manifest, has {_ANY_LABEL} that the data set does not know."
    ),
    RejectedFile.LABEL_UNKNOWN: (
        "The manifest has a value that stands for no class and is no number, as the settings have "
        "it."
    ),
    RejectedFile.LABEL_IS_A_RANGE: (
        "The manifest has a range of numbers, such as 20-29. No number in it is ever chosen."
    ),
    RejectedFile.FILE_WITHOUT_ROW: "The manifest has no row for the file.",
    RejectedFile.ROW_WITHOUT_FILE: "The manifest has a row for a file that is not there.",
    RejectedFile.SEVERAL_ROWS: (
        "The manifest has several rows for the file. Which is right cannot be known."
    ),
    RejectedFile.ROW_OF_SEVERAL_FILES: (
        "The row of the manifest fits different pictures. Which it is of cannot be known."
    ),
    RejectedFile.ROW_DAMAGED: (
        "The row of the manifest names no file, or has more cells than columns, or fewer."
    ),
    RejectedFile.EMPTY_FILE: "The file holds no bytes.",
    RejectedFile.TOO_MANY_BYTES: "The file is larger than the settings allow.",
    RejectedFile.NOT_AN_IMAGE: (
        "The bytes are no picture, or those of a damaged one, whatever the name says."
    ),
    RejectedFile.FORMAT_NOT_ALLOWED: "It is a picture, of a format that the settings leave out.",
    RejectedFile.TOO_MANY_PIXELS: "The picture is larger than the settings allow.",
    RejectedFile.TOO_SMALL: "The picture is smaller than the settings ask for.",
    RejectedFile.TRUNCATED: (
        "The picture is cut short. Its missing pixels would have to be invented."
    ),
    RejectedFile.UNREADABLE: "The file could not be read where it lies, or not whole.",
    RejectedFile.UNSAFE_ARCHIVE_MEMBER: (
        "In an archive it is no plain file in a plain place: a symbolic link, a path that leads "
        "out of the archive, or more bytes than the settings allow."
    ),
    RejectedFile.LINK_OUTSIDE: (
        "It is a symbolic link that leads out of the data folder, and the settings follow none."
    ),
    RejectedFile.TAKEDOWN: "Its removal was asked for: it is on the list of takedowns.",
    RejectedFile.DUPLICATE: (
        "Another file has the same bytes and the same labels. One of them is used."
    ),
    RejectedFile.LABEL_CONFLICT: (
        "Files with the same bytes have different labels. Which is right cannot be known, so "
        "none of them is used."
    ),
}
_REPAIRED = {
    RejectedFile.NAME_GRAMMAR: f"The name tells no labels; {_CORRECTED}",
    RejectedFile.LABEL_MISSING: f"The name, or the manifest, lacks a label; {_CORRECTED}",
    RejectedFile.LABEL_OUT_OF_RANGE: (
        f"The name, or the manifest, has a label that cannot be; {_CORRECTED}"
    ),
    RejectedFile.LABEL_UNKNOWN: f"The manifest has no such class or number; {_CORRECTED}",
    RejectedFile.LABEL_IS_A_RANGE: f"The manifest has a range of numbers; {_CORRECTED}",
    RejectedFile.FILE_WITHOUT_ROW: f"The manifest has no row for the file; {_CORRECTED}",
    RejectedFile.SEVERAL_ROWS: f"The manifest has several rows for the file; {_CORRECTED}",
    RejectedFile.ROW_OF_SEVERAL_FILES: f"The row fits different pictures; {_CORRECTED}",
    RejectedFile.ROW_DAMAGED: f"The row of the manifest is damaged; {_CORRECTED}",
    LABELS_CORRECTED: f"The labels read well but are known to be wrong; {_CORRECTED}",
    repairs.METADATA_REMOVED: (
        "What the file held beside the picture was taken out, such as where it was taken."
    ),
    repairs.COLOUR_PROFILE_REMOVED: "The colour profile was taken out; no pixel was changed.",
    repairs.FIRST_FRAME_KEPT: "Of several pictures in the file the first was kept.",
    repairs.TRAILING_BYTES_REMOVED: "Bytes that followed the end of the picture were taken off.",
    repairs.PIXELS_PACKED_AGAIN: "The same pixels, packed in a way that all programs can read.",
    repairs.ROTATED: "The picture was turned upright, as its metadata asked.",
    repairs.PALETTE_TO_RGB: "Colours out of a palette were written out for each pixel.",
    repairs.GREY_TO_RGB: "A grey picture was written with three equal colour channels.",
    repairs.CMYK_TO_RGB: "Printing colours were turned into those of a screen.",
    repairs.SIXTEEN_BIT_TO_EIGHT_BIT: "Of 16 bits a channel the upper eight were kept.",
    repairs.ALPHA_REMOVED: "What could be seen through was laid on white.",
    repairs.to_png("WEBP"): "A WEBP picture is stored as PNG.",
    repairs.to_png("GIF"): "A GIF picture is stored as PNG.",
    repairs.to_png("BMP"): "A BMP picture is stored as PNG.",
}


def explain(status: Status, code: str) -> str:
    """Returns what a code means for a quarantined file, or for one that was repaired.

    Raises:
      KeyError: if there is no such code.
    """
    return (_REPAIRED if status is Status.REPAIRED else _QUARANTINED)[code]
