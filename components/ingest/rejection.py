"""Reasons why a listed file is not accepted."""


class RejectedFile(Exception):
    """A file that is quarantined and becomes no example.

    Attributes:
      reason: code from REASONS.
      detail: a sentence with the expected and the found value.
    """

    NAME_GRAMMAR = "name-grammar"
    LABEL_MISSING = "label-missing"
    LABEL_OUT_OF_RANGE = "label-out-of-range"
    LABEL_UNKNOWN = "label-unknown"
    LABEL_IS_A_RANGE = "label-is-a-range"
    FILE_WITHOUT_ROW = "file-without-row"
    ROW_WITHOUT_FILE = "row-without-file"
    SEVERAL_ROWS = "several-rows"
    ROW_OF_SEVERAL_FILES = "row-of-several-files"
    ROW_DAMAGED = "row-damaged"
    EMPTY_FILE = "empty-file"
    TOO_MANY_BYTES = "too-many-bytes"
    NOT_AN_IMAGE = "not-an-image"
    FORMAT_NOT_ALLOWED = "format-not-allowed"
    TOO_MANY_PIXELS = "too-many-pixels"
    TOO_SMALL = "too-small"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"
    UNSAFE_ARCHIVE_MEMBER = "unsafe-archive-member"
    LINK_OUTSIDE = "link-outside"
    TAKEDOWN = "takedown"
    DUPLICATE = "duplicate"
    LABEL_CONFLICT = "label-conflict"
    REASONS = tuple(code for name, code in vars().items() if name.isupper())
    # Reasons that only occur with labels from a manifest.
    OF_MANIFESTS = (
        LABEL_UNKNOWN,
        LABEL_IS_A_RANGE,
        FILE_WITHOUT_ROW,
        ROW_WITHOUT_FILE,
        SEVERAL_ROWS,
        ROW_OF_SEVERAL_FILES,
        ROW_DAMAGED,
    )

    def __init__(self, reason: str, detail: str):
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def too_many_bytes(size: int, most: int) -> RejectedFile:
    """Returns the error for a file with too many bytes."""
    return RejectedFile(
        RejectedFile.TOO_MANY_BYTES, f"expected at most {most:,} bytes; found {size:,}"
    )
