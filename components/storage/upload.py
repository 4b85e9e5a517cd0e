"""A file of an object store while it is written."""

import io
from typing import Any


class Upload:
    """A file that is written; an error in its `with` block discards it."""

    def __init__(self, file: Any):
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "Upload":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._file.close()
            return
        text = isinstance(self._file, io.TextIOWrapper)
        raw = self._file.detach() if text else self._file
        # A closed file does not upload its rest when it is garbage collected.
        raw.closed = True
        raw.discard()
