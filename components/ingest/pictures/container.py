"""An image file without its metadata, and the errors of its readers."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.ingest.rejection import RejectedFile


@dataclass(frozen=True)
class Container:
    """A checked image file whose pixels are not decoded yet."""

    data: bytes
    repairs: tuple[str, ...]
    as_it_is: bool  # the pixels are upright 8-bit RGB, and need no change
    orientation: int = 1  # EXIF's, 1 (upright) to 8
    # Of a JPEG: the pieces of `data`, and filler after the coded pixels of each.
    filled: Sequence[bytes] = ()
    may_be_cut: bool = False  # of a JPEG: a run that is cut may leave its last block as it was


def broken(problem: str) -> RejectedFile:
    """Returns the error for a damaged image."""
    return RejectedFile(RejectedFile.NOT_AN_IMAGE, f"expected a whole image; found {problem}")


def cut(data: bytes, where: str, end: bytes | None = None) -> RejectedFile:
    """Returns the error for a truncated file, or for a damaged file if `end` is in place."""
    if end and data.endswith(end):
        return broken(f"a wrong length within {where}")
    problem = f"the file ends after {len(data):,} bytes, within {where}"
    return RejectedFile(RejectedFile.TRUNCATED, f"expected a whole image; {problem}")


def not_allowed(expected: str, found: str) -> RejectedFile:
    """Returns the error for a format, or a variant of a format, that is not accepted."""
    return RejectedFile(RejectedFile.FORMAT_NOT_ALLOWED, f"expected {expected}; found {found}")
