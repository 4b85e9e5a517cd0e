"""What is left of a JPEG or PNG file once all that is no part of the picture is gone."""

from dataclasses import dataclass

from components.ingest.ledger.rejection import RejectedFile


@dataclass(frozen=True, kw_only=True)
class Container:
    """A file of which every part was accounted for; its pixels were not yet made.

    Attributes:
      data: the file without metadata, further frames and trailing bytes; the very bytes of
        the file if it had none.
      repairs: what was taken out, in the words of `repairs`.
      as_it_is: whether the pixels are upright 8-bit RGB, so that they need no change.
      orientation: EXIF's, 1 (upright) to 8.
      sixteen_bit: whether a channel has 16 bits.
      drawing: whether `utkface sample` drew it.
      scan_ends: of a JPEG, where in `data` each run of coded pixels ends; empty otherwise.
      may_be_cut: whether an end marker may stand before the end of the pixels, as far as the
        file's parts can tell.
    """

    data: bytes
    repairs: tuple[str, ...]
    as_it_is: bool
    orientation: int = 1
    sixteen_bit: bool = False
    drawing: bool = False
    scan_ends: tuple[int, ...] = ()
    may_be_cut: bool = False


def broken(detail: str) -> RejectedFile:
    """Returns the error for a picture that is damaged."""
    return RejectedFile(RejectedFile.NOT_AN_IMAGE, f"expected a whole picture; found {detail}")


def truncated(size: int, where: str) -> RejectedFile:
    """Returns the error for a picture that ends too early.

    Args:
      size: of the file, in bytes.
      where: the part that the file ends in.
    """
    return RejectedFile(
        RejectedFile.TRUNCATED,
        f"expected a whole picture; the file ends after {size:,} bytes, within {where}",
    )
