"""The header of a PNG, and what it demands of the rest."""

import itertools
import math
import re
import struct
import zlib
from collections.abc import Iterable, Sequence

from components.ingest.ledger.rejection import RejectedFile
from components.ingest.pictures.container import broken

# What holds no pixels is without an order that matters, but never comes between pixels.
_PLAIN = rb"(?:gAMA |cHRM |sRGB |pHYs )*"
_ORDER = re.compile(rb"IHDR ~(?:PLTE ~)?(?:tRNS ~)?(?:IDAT )+~IEND".replace(b"~", _PLAIN))

_PALETTE = 3
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_BIT_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Adam7: the first column and row of each pass, and the steps to the next ones.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8)),
    *((2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_UNPACKED_AT_ONCE = 1 << 20
_WIDEST_WINDOW = 1 << 15


class PngHeader:
    """The header chunk: the size of the picture, and how a pixel is stored.

    Attributes:
      width: in pixels.
      height: in pixels.
      bit_depth: of a channel, or of an index into the palette.
      is_rgb: whether a pixel has a red, a green and a blue channel of 8 bits.
    """

    def __init__(self, kind: bytes, content: bytes):
        """Reads a chunk that must be the header.

        Raises:
          RejectedFile: if it is not.
        """
        if kind != b"IHDR" or len(content) != 13:
            raise broken("no header chunk")
        self.width, self.height, self.bit_depth, self._colour_type, *rest = struct.unpack(
            ">IIBBBBB", content
        )
        depths = _BIT_DEPTHS.get(self._colour_type, ())
        if self.bit_depth not in depths or rest[:2] != [0, 0] or rest[2] not in (0, 1):
            raise broken(f"a header that no PNG has: {content!r}")
        self.is_rgb = self._colour_type == 2 and self.bit_depth == 8
        self._passes = _PASSES if rest[2] else ((0, 0, 1, 1),)

    def check_parts(self, sizes: Sequence[tuple[bytes, int]]) -> None:
        """Raises RejectedFile unless the chunks are those of one picture, in their order.

        Args:
          sizes: each chunk's kind and the bytes in it.
        """
        if not _ORDER.fullmatch(b" ".join(kind for kind, _ in sizes)):
            raise broken("its chunks in a wrong order, or too few of them")
        size_of = dict(sizes)
        if not self._allows_palette(size_of.get(b"PLTE")):
            raise broken("a palette of a wrong size, or none")
        if not self._allows_transparency(size_of.get(b"tRNS"), size_of.get(b"PLTE", 0)):
            raise broken("a transparency of a wrong size")
        if b"tRNS" in size_of and self._colour_type != _PALETTE and self.bit_depth != 8:
            # Pillow compares it with pixels that it has brought to 8 bits, or not at all.
            raise RejectedFile(
                RejectedFile.FORMAT_NOT_ALLOWED,
                f"expected a transparent colour of 8 bits a channel; found one of {self.bit_depth}",
            )

    def _allows_palette(self, size: int | None) -> bool:
        if size is None:
            return self._colour_type != _PALETTE
        entries, rest = divmod(size, 3)
        most = 1 << self.bit_depth if self._colour_type == _PALETTE else 256
        return rest == 0 < entries <= most and self._colour_type in (2, _PALETTE, 6)

    def _allows_transparency(self, size: int | None, palette_size: int) -> bool:
        if size is None:
            return True
        if self._colour_type == _PALETTE:
            return 0 < size <= palette_size // 3
        return size == {0: 2, 2: 6}.get(self._colour_type)

    def check_pixels(self, parts: Iterable[bytes]) -> None:
        """Raises RejectedFile unless the packed pixels are whole, by size and checksum."""
        missing = self._packed_size()
        unpack = zlib.decompressobj()
        try:
            # The last, empty part brings out what zlib still held back.
            for part in itertools.chain(parts, (b"",)):
                missing -= len(unpack.decompress(part, _UNPACKED_AT_ONCE))
                while unpack.unconsumed_tail and missing >= 0:
                    missing -= len(unpack.decompress(unpack.unconsumed_tail, _UNPACKED_AT_ONCE))
                if missing < 0:
                    break
        except zlib.error as error:
            raise broken(f"pixels that cannot be unpacked: {error}") from None
        if unpack.unused_data:
            raise broken("more than its pixels")
        if missing or not unpack.eof:
            raise broken(f"{'fewer' if missing > 0 else 'more'} packed pixels than the header says")

    def fits_window(self, packed: bytes) -> bool:
        """Returns whether libpng can be trusted to unpack the pixels.

        Packed bytes are copied from those before, up to a window away, the size of which the
        first byte gives. Pillow looks back as far as zlib can, whatever it says; libpng, as
        TensorFlow builds it, does not.

        Args:
          packed: what check_pixels accepts; its first byte is enough.
        """
        return 1 << ((packed[0] >> 4) + 8) >= min(_WIDEST_WINDOW, self._packed_size())

    def _packed_size(self) -> int:
        """Returns the bytes of all rows before packing, each with one more for its filter."""
        bits = self.bit_depth * _CHANNELS[self._colour_type]
        size = 0
        for left, top, right, down in self._passes:
            columns = math.ceil((self.width - left) / right)
            rows = math.ceil((self.height - top) / down)
            if columns > 0:
                size += max(0, rows) * (1 + math.ceil(columns * bits / 8))
        return size
