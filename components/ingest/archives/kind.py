"""Tells what a file is that is named like an archive, by its first bytes."""

import re

from components.ingest.archives.member import UnexpectedFileError
from components.ingest.pictures import formats

HEAD_BYTES = 1 << 10

_USTAR = slice(257, 262)
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script)\b", re.I)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\b")
_PACK_AGAIN = "Unpack it, and name the folder."
_FETCH_AGAIN = (
    "Fetch the archive again: many sites send a page in place of it, to sign in or to confirm the "
    "download."
)
_TARS = {
    b"\x1f\x8b": ("a gzip archive", ".tar.gz"),
    b"BZh": ("a bzip2 archive", ".tar.bz2"),
    b"\xfd7zXZ\0": ("an xz archive", ".tar.xz"),
    b"\x28\xb5\x2f\xfd": ("a Zstandard archive", ".tar.zst"),
}
# What neither reader can make anything of, and what to do.
_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", _PACK_AGAIN),
    b"Rar!\x1a\x07": ("a RAR archive", _PACK_AGAIN),
    b"%PDF-": ("a PDF document", "Name the archive."),
    b"version https://git-lfs": (
        "a pointer of Git LFS in place of the file",
        "Fetch the file itself: git lfs pull",
    ),
}
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")


def check(kind: str, head: bytes) -> None:
    """Raises if a file is certainly none of its kind; what is not known is left to the reader.

    Args:
      kind: "zip" or "tar".
      head: the first HEAD_BYTES of the file, or all of it.

    Raises:
      UnexpectedFileError: which says what it is.
    """
    # The first bytes of a tar are the name of its first member, which may be any.
    is_tar = head[_USTAR] == b"ustar"
    if is_tar and kind == "zip":
        raise UnexpectedFileError("a tar archive", "Rename it to end in .tar.")
    if is_tar:
        return
    if kind == "tar" and head.startswith(_ZIPS):
        raise UnexpectedFileError("a zip archive", "Rename it to end in .zip.")
    for magic, (what, suffix) in _TARS.items():
        if kind == "zip" and head.startswith(magic):
            raise UnexpectedFileError(what, f"If it holds a tar, rename it to end in {suffix}.")
    for magic, (what, advice) in _OTHERS.items():
        if head.startswith(magic):
            raise UnexpectedFileError(what, advice)
    if _PAGE.match(head):
        raise UnexpectedFileError("an HTML page", _FETCH_AGAIN)
    if _XML.match(head):
        raise UnexpectedFileError("an XML document", _FETCH_AGAIN)
    if not head:
        raise UnexpectedFileError("an empty file", "Fetch the archive again.")
    if picture := formats.sniff(head):
        raise UnexpectedFileError(
            f"a {picture} picture", "Rename it, or name a folder with pictures."
        )
