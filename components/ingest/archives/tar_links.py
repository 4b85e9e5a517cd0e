"""Hard links in a tar: each is a copy of a member that comes before it."""

import bisect
import posixpath
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from components.disk_room import room_for_temporary_files
from components.ingest.archives.member import with_slashes


class TarEntry(NamedTuple):
    """A header of a tar, and what can be read behind it.

    Attributes:
      number: its place in the archive, counted from 1.
      info: the header.
      refusal: why the member may not be read; empty if it may.
      archive: what the member is read from, until the next header is.
    """

    number: int
    info: tarfile.TarInfo
    refusal: str
    archive: Any

    def read(self) -> bytes:
        data: bytes = self.archive.extractfile(self.info).read()
        return data


class _Copy(NamedTuple):
    number: int
    offset: int
    size: int


class HardLinks:
    """The members that hard links name.

    An archive is a stream, and a link may name any member before it. The archive is read again
    when the first link is met: once to learn what the links name, and once more to put those
    members, and no others, into a temporary file.
    """

    def __init__(self, read_again: Callable[[], Iterable[TarEntry]]):
        """Makes the links of an archive, which is not read yet.

        Args:
          read_again: yields all entries from the first one on.
        """
        self._read_again = read_again
        self._file: Any = None
        self._copies: dict[str, list[_Copy]] = {}

    def read(self, link: TarEntry) -> bytes | None:
        """Returns the bytes of the member that a link names; None if no such member is before it.

        Of several members of that name the last one before the link counts, as it does where the
        archive is unpacked.

        Raises:
          ResourceError: if there is no room for the temporary file.
        """
        if self._file is None:
            with room_for_temporary_files():
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
                self._gather()
                self._file.flush()
        copy = self._find(link)
        if copy is None:
            return None
        self._file.seek(copy.offset)
        data: bytes = self._file.read(copy.size)
        return data

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _gather(self) -> None:
        for entry in self._read_again():
            if entry.info.islnk():
                self._copies[_plain(entry.info.linkname)] = []
        for entry in self._read_again():
            copies = self._copies.get(_plain(entry.info.name))
            if copies is None or entry.refusal or entry.info.isdir():
                continue
            if entry.info.islnk():
                target = self._find(entry)
                if target:
                    copies.append(target._replace(number=entry.number))
                continue
            data = entry.read()
            copies.append(_Copy(entry.number, self._file.tell(), len(data)))
            self._file.write(data)

    def _find(self, link: TarEntry) -> _Copy | None:
        copies = self._copies[_plain(link.info.linkname)]
        place = bisect.bisect_left(copies, link.number, key=lambda copy: copy.number)
        return copies[place - 1] if place else None


def broken_link(name: str) -> str:
    """Returns why a hard link is refused, by the name that it links to."""
    return (
        "expected a hard link to a file that lies before it in the archive and may be read; found "
        f"a link to {name!r}"
    )


def _plain(name: str) -> str:
    return posixpath.normpath(with_slashes(name))
