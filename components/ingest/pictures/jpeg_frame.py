"""The header of a JPEG's pixels."""

import math

from components.ingest.ledger.rejection import RejectedFile
from components.ingest.pictures.container import broken

# Baseline, extended and progressive, all with Huffman codes.
_KINDS = (0xC0, 0xC1, 0xC2)
_PROGRESSIVE = 0xC2
_BLOCK = 8
# More bits than a coefficient has: no scan has brought any of them.
_ALL_BITS = 16


class JpegFrame:
    """The frame header: the size, and which components the pixels are made of.

    Attributes:
      height: in pixels.
      width: in pixels.
      components: 1 (grey), 3 (colour) or 4 (for print).
    """

    def __init__(self, marker: int, content: bytes):
        """Reads a header.

        Args:
          marker: the second byte of its marker.
          content: the segment without marker and size.

        Raises:
          RejectedFile: if it is damaged, or of a kind that few programs read: arithmetic,
            lossless, or of more than 8 bits.
        """
        if marker not in _KINDS or content[:1] != b"\x08":
            raise RejectedFile(
                RejectedFile.FORMAT_NOT_ALLOWED,
                "expected a baseline or progressive JPEG of 8 bits; found one of kind "
                f"0x{marker:02x} with {content[0] if content else 0} bits",
            )
        self.height = int.from_bytes(content[1:3], "big")
        self.width = int.from_bytes(content[3:5], "big")
        self.components = content[5] if len(content) > 5 else 0
        if self.components not in (1, 3, 4) or len(content) != 6 + 3 * self.components:
            raise broken(f"a frame of {len(content)} bytes for {self.components} components")
        self._sampling = {
            content[at]: (content[at + 1] >> 4, content[at + 1] & 15)
            for at in range(6, len(content), 3)
        }
        across, down = zip(*self._sampling.values(), strict=True)
        self._across, self._down = max(across), max(down)
        # No decoder stretches a component by a fraction.
        if len(self._sampling) != self.components or not all(
            0 < factor <= 4 and most % factor == 0
            for factors, most in ((across, self._across), (down, self._down))
            for factor in factors
        ):
            raise broken("components that are not told apart, or wrongly sampled")
        self._progressive = marker == _PROGRESSIVE
        # Of each component's coefficients, how many bits no scan has brought so far.
        self._missing = {name: [_ALL_BITS] * _BLOCK**2 for name in self._sampling}

    @property
    def unseen(self) -> bool:
        """Whether there is a component that no scan has held so far."""
        return any(missing[0] == _ALL_BITS for missing in self._missing.values())

    @property
    def coarse(self) -> bool:
        """Whether a scan is still to come.

        The standard lets a progressive picture end before. What then comes out is invented,
        by a smoothing that is another in each version of libjpeg.
        """
        return any(map(any, self._missing.values()))

    def begin_scan(self, content: bytes) -> int:
        """Takes note of a scan.

        Args:
          content: the scan header without marker and size.

        Returns:
          How many units (MCUs) the scan has.

        Raises:
          RejectedFile: if it is damaged.
        """
        components = content[1:-3:2]
        if not components or len(content) != 4 + 2 * content[0]:
            raise broken(f"a scan header of {len(content)} bytes")
        if len({*components}) != len(components) or not self._sampling.keys() >= {*components}:
            raise broken("a scan of components that the picture does not have")
        if self._progressive:
            self._refine(components, *content[-3:])
        elif content[-3] == 0:
            self._missing.update((name, [0]) for name in components)
        if len(components) > 1:
            return _parts(self.width, _BLOCK * self._across) * _parts(
                self.height, _BLOCK * self._down
            )
        # Alone, a component is not made up to whole units of all.
        across, down = self._sampling[components[0]]
        return _parts(_parts(self.width * across, self._across), _BLOCK) * _parts(
            _parts(self.height * down, self._down), _BLOCK
        )

    def _refine(self, components: bytes, first: int, last: int, bits: int) -> None:
        """Takes note of which bits a progressive scan brings of which coefficients."""
        before, after = bits >> 4, bits & 15
        for component in components:
            missing = self._missing[component]
            for at in range(first, min(last + 1, len(missing))):
                if missing[at] != (before or _ALL_BITS):
                    raise broken("scans in a wrong order")
                missing[at] = after


def _parts(whole: int, part: int) -> int:
    return math.ceil(whole / part)
