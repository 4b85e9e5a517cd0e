"""Why a listed file was not accepted."""


class RejectedFile(Exception):
    """A file that goes to quarantine rather than into the examples.

    Attributes:
      reason: a code out of REASONS.
      detail: one sentence with what was expected and what was found.
    """

    NAME_GRAMMAR = "name-grammar"
    LABEL_OUT_OF_RANGE = "label-out-of-range"
    EMPTY_FILE = "empty-file"
    NOT_AN_IMAGE = "not-an-image"
    UNREADABLE = "unreadable"
    REASONS = (NAME_GRAMMAR, LABEL_OUT_OF_RANGE, EMPTY_FILE, NOT_AN_IMAGE, UNREADABLE)

    def __init__(self, reason: str, detail: str):
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
