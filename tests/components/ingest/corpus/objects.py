"""Entries of a folder or an archive that are not regular files, and side files."""

import errno
import os
import shutil
import socket
import stat
from pathlib import Path
from typing import Any

from components.ingest.rejection import RejectedFile
from tests.components.ingest.corpus.kind import (
    ACCEPTED,
    IGNORED,
    UNLISTED,
    Kind,
    Outcome,
    quarantined,
)
from tests.components.ingest.corpus.names import STAMP, UNSAFE
from tests.components.ingest.drawn import encode, photo

UNREADABLE = quarantined(RejectedFile.UNREADABLE)
LINK_OUTSIDE = quarantined(RejectedFile.LINK_OUTSIDE)
FOLDER_ONLY = frozenset({"folder"})
ARCHIVE_ONLY = frozenset({"tar", "zip"})


def _link_to_a_picture(path: Path) -> None:
    outside = path.parent.with_name("outside.jpg")
    outside.write_bytes(encode(photo()))
    path.symlink_to(outside)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as open_socket:
        # The path of a socket is limited to 107 bytes, and the folder may be longer.
        with_folder = os.open(path.parent, os.O_RDONLY)
        try:
            open_socket.bind(f"/proc/self/fd/{with_folder}/{path.name}")
        finally:
            os.close(with_folder)


def _forbidden(path: Path) -> None:
    path.write_bytes(encode(photo()))
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.unlink()
        raise PermissionError(errno.EPERM, "root may read everything")


def _forbidden_folder(path: Path) -> None:
    path.mkdir()
    (path / path.name).write_bytes(encode(photo()))
    path.chmod(0)
    if os.access(path, os.R_OK):
        shutil.rmtree(path)
        raise PermissionError(errno.EPERM, "root may read everything")


def _object(what: str, number: int, outcome: Outcome, **fields: Any) -> Kind:
    name = f"40_0_0_{STAMP[:12]}{number:05d}.jpg.chip.jpg"
    return Kind(what=what, name=name.encode(), outcome=outcome, **fields)


_LINK = stat.S_IFLNK
_LOOP = f"42_0_0_{STAMP}.jpg".encode()
_INNER = f"40_0_0_{STAMP}.jpg/41_1_1_{STAMP}.jpg".encode()
_SIDE_FILES = (".DS_Store", "Thumbs.db", "desktop.ini", f"._21_0_0_{STAMP}.jpg", "__MACOSX/x")


def _link(what: str, number: int, target: bytes, outcome: Outcome = UNREADABLE) -> Kind:
    return _object(what, number, outcome, packed=UNSAFE, mode=_LINK, content=target)


KINDS = (
    _object("a folder", 0, UNLISTED, mode=stat.S_IFDIR, make=Path.mkdir),
    Kind(
        what="a picture in a folder that is named as one",
        name=_INNER,
        outcome=ACCEPTED,
        content=encode(photo()),
    ),
    _object(
        *("a link to a picture outside", 1, LINK_OUTSIDE),
        **{"packed": UNSAFE, "mode": _LINK, "content": b"a.jpg", "make": _link_to_a_picture},
    ),
    _link("a link to nowhere", 2, b"nowhere"),
    _link("a link to its own folder", 3, b"."),
    _link("a link to a device", 4, b"/dev/zero", LINK_OUTSIDE),
    _link("a link to memory", 5, b"/proc/self/mem", LINK_OUTSIDE),
    Kind(
        what="a link to itself",
        name=_LOOP,
        outcome=UNREADABLE,
        packed=UNSAFE,
        mode=_LINK,
        content=_LOOP,
    ),
    _object("a pipe", 6, UNREADABLE, packed=UNSAFE, mode=stat.S_IFIFO, make=os.mkfifo),
    _object("a socket", 7, UNREADABLE, make=_socket, containers=FOLDER_ONLY),
    _object("a file without rights", 8, UNREADABLE, make=_forbidden, containers=FOLDER_ONLY),
    _object(
        *("a folder without rights", 9, UNREADABLE),
        **{"make": _forbidden_folder, "containers": FOLDER_ONLY},
    ),
    Kind(what="dotted", name=b"../43_0_0_1.jpg", outcome=UNSAFE, containers=ARCHIVE_ONLY),
    Kind(what="absolute", name=b"/43_0_0_2.jpg", outcome=UNSAFE, containers=ARCHIVE_ONLY),
    Kind(
        what="an archive in an archive",
        name=b"inner.zip",
        outcome=quarantined(RejectedFile.NAME_GRAMMAR),
        content=b"PK\5\6" + bytes(18),
        containers=ARCHIVE_ONLY,
    ),
    *(
        Kind(what=f"side file {name}", name=name.encode(), outcome=IGNORED, content=b"Bud1")
        for name in _SIDE_FILES
    ),
)
