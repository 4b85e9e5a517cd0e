"""Walks a JPEG from its first byte to its last: is it whole, and what in it is no picture?"""

from components.ingest.ledger.rejection import RejectedFile
from components.ingest.pictures import repairs
from components.ingest.pictures.container import Container, broken, truncated
from components.ingest.pictures.jpeg_frame import JpegFrame
from components.ingest.pictures.orientation import read_orientation
from components.ingest.pictures.pictures import ImageLimits

# `utkface sample` puts this in the comment of each JPEG it draws, so that no report
# can take drawings for photographs.
DRAWING_COMMENT = b"utkface-tfx drawing, not a photograph"

# Each scan of a progressive picture goes over all its pixels again. Encoders use about
# ten; a file of thousands is an attack on the time of whoever decodes it.
_MAX_SCANS = 32

_START, _END = b"\xff\xd8", b"\xff\xd9"
_DHT, _EOI, _SOS, _DQT, _DRI, _COM = 0xC4, 0xD9, 0xDA, 0xDB, 0xDD, 0xFE
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_EXTRAS = frozenset({*range(0xE0, 0xF0), _COM})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}
_RESTARTS = range(0xD0, 0xD8)

_JFIF = b"JFIF\0"
_JFIF_SIZE = 14
_ADOBE = b"Adobe"
_ADOBE_SIZE = 12
_EXIF = b"Exif\0\0"
_PROFILE = b"ICC_PROFILE\0"
_FRAME_INDEX = b"MPF\0"


def read_jpeg(data: bytes, limits: ImageLimits) -> Container:
    """Walks a JPEG and takes out of it what is no part of the picture.

    No pixel is touched. The JFIF and Adobe segments stay, since they say how the colours
    are stored, and so does the comment of `utkface sample`. Where more pictures follow, as
    in a phone's multi-picture file, the first is kept: the standard makes it the one to
    show. What follows the picture otherwise, such as a film, goes as well.

    libjpeg goes on past most damage, with warnings that Pillow hides. Here nothing may be out
    of place.

    Args:
      data: a file that begins as a JPEG does.
      limits: the size is held against these as soon as it is known.

    Raises:
      RejectedFile: if the picture is cut short, is damaged, has the wrong size, or is of a
        kind that few programs read.
    """
    walk = _Walk(data, limits)
    while walk.step():
        pass
    return walk.result()


class _Walk:
    def __init__(self, data: bytes, limits: ImageLimits):
        self._data = data
        self._limits = limits
        self._position = len(_START)
        self._frame: JpegFrame | None = None
        self._restart_interval = 0
        self._scans = 0
        self._scan_ends: list[int] = []
        self._orientation: int | None = None
        self._drawing = False
        # Each word once, in the order they come.
        self._repairs: dict[str, None] = {}
        # What is kept, up to where of the file, and by how much that is shorter.
        self._kept: list[bytes] = []
        self._copied = 0
        self._dropped = 0

    def step(self) -> bool:
        """Goes over a segment, and the pixels after it if it begins a scan; False at the end."""
        data, start = self._data, self._position
        at = start + 1
        # A marker may be led by any number of 0xFF.
        while data[at : at + 1] == b"\xff":
            at += 1
        if at >= len(data):
            raise self._cut("its headers")
        if data[start] != 0xFF:
            raise broken(f"no marker at byte {start:,}")
        marker = data[at]
        if marker == _EOI:
            self._position = at + 1
            return False
        size = int.from_bytes(data[at + 1 : at + 3], "big")
        self._position = at + 1 + size
        if self._position > len(data) or at + 3 > len(data):
            raise self._cut("its headers")
        content = data[at + 3 : self._position]
        if marker in _EXTRAS:
            self._extra(marker, content, start)
        elif marker in _FRAMES:
            self._begin_frame(marker, content)
        elif marker == _SOS:
            self._scan(content)
        elif marker == _DRI:
            self._restart_interval = int.from_bytes(content, "big")
        elif marker not in (_DHT, _DQT):
            raise broken(f"an unknown marker 0x{marker:02x} at byte {start:,}")
        return True

    def result(self) -> Container:
        if self._frame is None or self._frame.unseen:
            raise broken("no pixels for some of its components")
        if self._frame.coarse:
            raise broken("fewer scans than its pixels need")
        rest = self._data[self._position : self._position + len(_START)]
        if rest:
            more = rest == _START
            self._note(repairs.FIRST_FRAME_KEPT if more else repairs.TRAILING_BYTES_REMOVED)
        data = self._data
        if self._repairs:
            data = b"".join((*self._kept, data[self._copied : self._position]))
        orientation = self._orientation or 1
        return Container(
            data=data,
            repairs=tuple(self._repairs),
            as_it_is=self._frame.components == 3 and orientation == 1,
            orientation=orientation,
            drawing=self._drawing,
            scan_ends=tuple(self._scan_ends),
            # What the last of several runs lacks is not to be seen at the picture's end.
            may_be_cut=bool(rest) or len(self._scan_ends) > 1,
        )

    def _begin_frame(self, marker: int, content: bytes) -> None:
        if self._frame is not None:
            raise broken("two frame headers")
        self._frame = JpegFrame(marker, content)
        self._limits.check_size(self._frame.width, self._frame.height)

    def _scan(self, content: bytes) -> None:
        if self._frame is None:
            raise broken("pixels before the frame header")
        self._scans += 1
        if self._scans > _MAX_SCANS:
            raise broken(f"more than {_MAX_SCANS} scans")
        units = self._frame.begin_scan(content)
        restarts = self._pass_pixels()
        interval = self._restart_interval or units
        if len(restarts) != (units - 1) // interval or any(
            marker & 7 != number % 8 for number, marker in enumerate(restarts)
        ):
            raise broken("restart markers out of order")

    def _pass_pixels(self) -> list[int]:
        """Goes on to the next marker but a restart marker; returns those on the way."""
        data, restarts = self._data, []
        at = data.find(b"\xff", self._position)
        while 0 <= at < len(data) - 1:
            following = data[at + 1]
            if following in _RESTARTS:
                self._scan_ends.append(at - self._dropped)
                restarts.append(following)
            # A 0xFF that is part of the pixels has nought behind it.
            elif following not in (0, 0xFF):
                self._scan_ends.append(at - self._dropped)
                self._position = at
                return restarts
            at = data.find(b"\xff", at + (1 if following == 0xFF else 2))
        raise self._cut("its pixels")

    def _extra(self, marker: int, content: bytes, start: int) -> None:
        if marker == _APP0 and content.startswith(_JFIF) and len(content) >= _JFIF_SIZE:
            if len(content) > _JFIF_SIZE:
                # The rest is a thumbnail; its width and height come just before it.
                plain = content[: _JFIF_SIZE - 2] + b"\0\0"
                self._drop(repairs.METADATA_REMOVED, start, b"\xff\xe0\0\x10" + plain)
        elif marker == _APP14 and content.startswith(_ADOBE) and len(content) >= _ADOBE_SIZE:
            if len(content) > _ADOBE_SIZE:
                plain = content[:_ADOBE_SIZE]
                self._drop(repairs.METADATA_REMOVED, start, b"\xff\xee\0\x0e" + plain)
        elif marker == _COM and content == DRAWING_COMMENT:
            self._drawing = True
        elif marker == _APP2 and content.startswith(_PROFILE):
            self._drop(repairs.COLOUR_PROFILE_REMOVED, start)
        elif marker == _APP2 and content.startswith(_FRAME_INDEX):
            self._drop(repairs.FIRST_FRAME_KEPT, start)
        else:
            if marker == _APP1 and content.startswith(_EXIF) and self._orientation is None:
                self._orientation = read_orientation(content[len(_EXIF) :])
            self._drop(repairs.METADATA_REMOVED, start)

    def _drop(self, repair: str, start: int, instead: bytes = b"") -> None:
        """Leaves out the segment that began at `start`."""
        self._kept += (self._data[self._copied : start], instead)
        self._copied = self._position
        self._dropped += self._position - start - len(instead)
        self._note(repair)

    def _note(self, repair: str) -> None:
        self._repairs[repair] = None

    def _cut(self, where: str) -> RejectedFile:
        # A file with its end in place was not cut: a length in it is wrong.
        if self._data.endswith(_END):
            return broken(f"a length that is wrong, before byte {self._position:,}")
        return truncated(len(self._data), where)
