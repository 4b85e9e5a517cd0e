"""Reads the hand-written text files: corrections and takedowns."""

from components.errors import InputError
from components.storage import files


def read_text(path: str) -> str:
    """Returns the text of a file, without the byte order mark that some editors write.

    Raises:
      InputError: if the file cannot be read, or is not UTF-8.
    """
    try:
        with files.open(path) as file:
            data = file.read()
    except Exception as error:  # whatever the file system raises, the user gets one sentence
        raise InputError(
            f"{path}: expected a text file; reading it stopped with {type(error).__name__}: {error}"
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise InputError(
            f"{path}, line {line}: expected UTF-8; found the byte 0x{data[error.start]:02x}. "
            "Save the file as UTF-8."
        ) from error
