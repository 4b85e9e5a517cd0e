"""Removes metadata from a JPEG without encoding its pixels again, and finds where they end.

Pillow can do neither, and hides libjpeg's warning that it invents the pixels of missing scans.
"""

import re
from collections.abc import Iterator

from components.ingest.pictures import container, repairs
from components.ingest.pictures.orientation import read_orientation
from components.ingest.pictures.pictures import ImageLimits

# `utkface sample` writes this comment, so no report mistakes drawings for photographs.
DRAWING_COMMENT = b"utkface-tfx drawing, not a photograph"
_MAX_SCANS = 32  # each takes as long to decode as a whole image; encoders write about ten
# Contains no marker, and starts with bits that most decoders read as other pixels than the zeros
# that libjpeg fills in.
_FILLER = bytes(1 + (220 + 89 * number) % 251 for number in range(64))
_REPAIRS = {b"ICC_PROFILE": repairs.COLOR_PROFILE_REMOVED, b"MPF": repairs.FIRST_FRAME_KEPT}
_START, _END = b"\xff\xd8", b"\xff\xd9"
_DHT, _RST, _EOI, _SOS, _DQT, _DRI, _COM = 0xC4, 0xD0, 0xD9, 0xDA, 0xDB, 0xDD, 0xFE
_OTHERS = frozenset({_DHT, _DQT, _DRI, _EOI, *range(_RST, _RST + 8)})
_MARKER, _END_OF_RUN = re.compile(rb"\xff+([^\0\xff])"), re.compile(rb"\xff[^\0\xff]")


def read_jpeg(data: bytes, limits: ImageLimits) -> container.Container:
    """Keeps the first image's pixels, the segments needed to decode them, and DRAWING_COMMENT."""
    codes: dict[str, None] = {}
    missing: dict[int, list[int]] = {}
    orientation = scans = 0
    filled = [_START, b""]
    for marker, content, piece, filler in _pieces(data):
        if marker >> 4 == 0xE or marker == _COM:
            if marker == 0xE1 and content.startswith(b"Exif\0\0") and not orientation:
                orientation = read_orientation(content)
            kept = _keep(marker, content)
            if kept != content:
                codes[_REPAIRS.get(content.partition(b"\0")[0], repairs.METADATA_REMOVED)] = None
                piece = bytes((0xFF, marker, 0, len(kept) + 2)) + kept if kept else b""
        elif marker >> 4 == 0xC and marker != _DHT and not missing:
            missing = _read_frame(marker, content, limits)
        elif marker == _SOS and missing and scans < _MAX_SCANS:
            scans += 1
            _note_scan(missing, content)
        elif marker == _EOI and content:
            more = content.startswith(_START)
            codes[repairs.FIRST_FRAME_KEPT if more else repairs.TRAILING_BYTES_REMOVED] = None
        elif marker not in _OTHERS or len(filled) > 999 + limits.max_pixels // 16:
            raise container.broken(f"a marker 0x{marker:02x} that is unknown or superfluous")
        filled += (piece, filler)
    if not missing or any(map(any, missing.values())):
        raise container.broken("too few scans for its pixels")
    data = b"".join(filled[::2]) if codes else data
    as_it_is = len(missing) == 3 and orientation < 2
    may_be_cut = sum(map(bool, filled[1::2])) > 1 or bool(content)
    return container.Container(data, tuple(codes), as_it_is, orientation, filled, may_be_cut)


def _pieces(data: bytes) -> Iterator[tuple[int, bytes, bytes, bytes]]:
    """Yields marker, content (for the end marker: the rest), all bytes, and filler for pixels."""
    position, restart = len(_START), 0
    while match := _MARKER.match(data, position):
        marker, end, content, filler = match[1][0], match.end(), b"", b""
        if marker == _EOI:
            yield marker, data[end:], data[position:end], b""
            return
        if marker & ~7 != _RST:
            end += int.from_bytes(data[end : end + 2].ljust(2, b"\xff"), "big")
            content, restart = data[match.end() + 2 : end], _RST if marker == _SOS else 0
        elif marker == restart:
            restart = _RST | (marker + 1) & 7
        else:
            raise container.broken("restart markers out of order")
        following = _END_OF_RUN.search(data, end) if restart else None
        if end > len(data) or (restart and not following):
            break
        if following:
            end += len(data[end : following.start()].rstrip(b"\xff"))
            is_last = following[0][1] & ~7 != _RST  # so a missing interval is filled too
            filler = _FILLER + (bytes((0xFF, restart)) + _FILLER) * is_last
        yield marker, content, data[position:end], filler
        position = end
    if not match and data[position:].strip(b"\xff"):
        raise container.broken(f"no marker at byte {position:,}")
    raise container.cut(data, "its pixels" if match and restart else "its headers", _END)


def _keep(marker: int, content: bytes) -> bytes:
    """Returns the part of a metadata segment to keep: color storage, and a drawing's mark."""
    if marker == 0xE0 and content.startswith(b"JFIF\0") and len(content) >= 14:
        return content[:12] + b"\0\0"  # no thumbnail
    if marker == 0xEE and content.startswith(b"Adobe") and len(content) >= 12:
        return content[:12]
    return content if marker == _COM and content == DRAWING_COMMENT else b""


def _read_frame(marker: int, content: bytes, limits: ImageLimits) -> dict[int, list[int]]:
    """Returns, for each component, how many bits of its coefficients are in no scan yet."""
    if marker not in (0xC0, 0xC1, 0xC2) or content[:1] != b"\x08":
        kind = f"a JPEG of kind 0x{marker:02x} with {content[0] if content else 0} bits"
        raise container.not_allowed("a baseline or progressive JPEG of 8 bits", kind)
    limits.check_size(int.from_bytes(content[3:5], "big"), int.from_bytes(content[1:3], "big"))
    missing = {name: [16] * (64 if marker == 0xC2 else 1) for name in content[6::3]}
    # Decoding only luma hides that libjpeg refuses to stretch a component by a fraction.
    for sides in zip(*((byte >> 4, byte & 15) for byte in content[7::3]), strict=True):
        if len(missing) < len(sides) or any(not side or max(sides) % side for side in sides):
            raise container.broken("components with equal names or invalid sampling")
    return missing


def _note_scan(missing: dict[int, list[int]], content: bytes) -> None:
    """Records which bits of which coefficients a scan holds; a baseline scan holds all bits."""
    for bits in (missing.get(name, []) for name in content[1:-3:2]):
        first, last, step = content[-3:] if len(bits) > 1 else (content[-3], 0, 0)
        span = slice(first, last + 1)
        if {*bits[span]} - {step >> 4 or 16}:
            raise container.broken("scans in the wrong order")
        bits[span] = [step & 15] * len(bits[span])
