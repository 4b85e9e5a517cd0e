"""What each code in the ledger means, in a sentence for those who do not know this project."""

from components.html.words import listed
from components.ingest.examine import LABELS_CORRECTED
from components.ingest.ledger.rejection import RejectedFile
from components.ingest.ledger.rows import Status
from components.ingest.pictures import repairs
from trainer.tasks import TASKS

_CORRECTED = "the labels are those of the list of corrections."
_THE_LABELS = listed((f"the {task.name}" for task in TASKS), "or")
_ANY_LABEL = listed((f"a{'n' * (task.name[0] in 'aeiou')} {task.name}" for task in TASKS), "or")
_QUARANTINED = {
    RejectedFile.NAME_GRAMMAR: (
        "The name is not built as the data set builds its names, so it tells no labels."
    ),
    RejectedFile.LABEL_MISSING: (f"The name lacks {_THE_LABELS}. No label is ever guessed."),
    RejectedFile.LABEL_OUT_OF_RANGE: (
        f"The name has {_ANY_LABEL} that the data set does not know."
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
    RejectedFile.LABEL_MISSING: f"The name lacks a label; {_CORRECTED}",
    RejectedFile.LABEL_OUT_OF_RANGE: f"The name has a label that cannot be; {_CORRECTED}",
    LABELS_CORRECTED: f"The name reads well but is known to be wrong; {_CORRECTED}",
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
