"""EXIF blocks, valid or damaged, give an orientation and never an error."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.pictures.orientation import read_orientation


def tiff(order: str, *entries: tuple[int, int, bytes]) -> bytes:
    block = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HIH", 42, 8, len(entries))
    for tag, kind, value in entries:
        block += struct.pack(f"{order}HHI", tag, kind, 1) + value.ljust(4, b"\0")
    return block


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(10))
def test_the_orientation_is_found_among_other_tags(order: str, value: int) -> None:
    maker = (0x010F, 2, b"me\0")
    wanted = value if 1 <= value <= 8 else 1
    short = (0x0112, 3, struct.pack(f"{order}H", value))
    assert read_orientation(tiff(order, maker, short)) == wanted
    long = (0x0112, 4, struct.pack(f"{order}I", value))
    assert read_orientation(tiff(order, maker, long)) == wanted


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II",
        b"XX*\0\x08\0\0\0",
        b"MM\0*\xff\xff\xff\xff",
        tiff("<"),
        tiff("<", (0x0112, 2, b"\6")),
        tiff("<", (0x0112, 3, b"\6"))[:-3],
        tiff("<", (0x010F, 3, b"\6")),
    ],
)
def test_a_block_without_a_valid_orientation_is_upright(block: bytes) -> None:
    assert read_orientation(block) == 1


@given(st.binary(max_size=80), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_arbitrary_bytes_never_raise_an_error(junk: bytes, head: bytes) -> None:
    assert read_orientation(head + junk) in range(1, 9)
