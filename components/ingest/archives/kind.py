"""Identifies a file with the name of an archive by its first bytes."""

import re

from components.ingest.archives.member import UnexpectedFileError

HEAD_BYTES = 1 << 10
_USTAR = slice(257, 262)
_IN_TAR = "archive. If it holds a tar, rename it to end in .tar"
_UNPACK = "archive. Unpack it, and name the folder."
_RENAME = "image. Rename it, or name a folder with images."
_FETCH = "Fetch the archive again: many sites send a sign-in page or a confirmation page instead."
# By first bytes: files that are not a tar, not a zip, or neither.
_NO_TAR = {rb"PK(\x03\x04|\x05\x06)": "a zip archive. Rename it to end in .zip."}
_NO_ZIP = {
    rb"\x1f\x8b": f"a gzip {_IN_TAR}.gz.",
    rb"BZh": f"a bzip2 {_IN_TAR}.bz2.",
    rb"\xfd7zXZ\0": f"an xz {_IN_TAR}.xz.",
    rb"\x28\xb5\x2f\xfd": f"a Zstandard {_IN_TAR}.zst.",
}
_NEITHER = {
    rb"7z\xbc\xaf\x27\x1c": f"a 7z {_UNPACK}",
    rb"Rar!\x1a\x07": f"a RAR {_UNPACK}",
    rb"version https://git-lfs": (
        "a Git LFS pointer instead of the file. Fetch the file: git lfs pull"
    ),
    rb"(\xef\xbb\xbf)?\s*<(?i:!doctype\s+html|html|head|body|script)\b": f"an HTML page. {_FETCH}",
    rb"(\xef\xbb\xbf)?\s*<\?xml\b": f"an XML document. {_FETCH}",
    rb"\xff\xd8\xff": f"a JPEG {_RENAME}",
    rb"\x89PNG": f"a PNG {_RENAME}",
    rb"\Z": "an empty file. Fetch the archive again.",
}


def check(kind: str, head: bytes) -> None:
    """Raises UnexpectedFileError if the first bytes show that a file is not a "zip" or "tar"."""
    known = (_NO_ZIP if kind == "zip" else _NO_TAR) | _NEITHER
    matches = [what for magic, what in known.items() if re.match(magic, head)]
    # A tar starts with the name of its first member, which may match any pattern.
    if head[_USTAR] == b"ustar":
        matches = ["a tar archive. Rename it to end in .tar."] if kind == "zip" else []
    if matches:
        raise UnexpectedFileError(
            f"expected a {kind} archive, as its name says; found {matches[0]}"
        )
