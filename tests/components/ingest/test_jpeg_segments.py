"""Which JPEGs are whole to the last byte, and what is said of the rest."""

import io
import re
import time
from typing import Any

import pytest
from PIL import Image

from components.ingest.ledger.rejection import RejectedFile
from components.ingest.pictures.images import ImageLimits, examine
from components.ingest.pictures.jpeg_segments import read_jpeg

LIMITS = ImageLimits()
NOISE = Image.effect_noise((48, 40), 80).convert("RGB")


def encode(**options: Any) -> bytes:
    file = io.BytesIO()
    NOISE.save(file, "JPEG", **options)
    return file.getvalue()


JPEG = encode()
RESTARTS = encode(restart_marker_blocks=2)
PROGRESSIVE = encode(progressive=True)
SCAN = JPEG.index(b"\xff\xda")
FRAME = JPEG.index(b"\xff\xc0")


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def refused(data: bytes) -> RejectedFile:
    with pytest.raises(RejectedFile) as caught:
        examine(data, LIMITS)
    return caught.value


def damage(data: bytes) -> str:
    """Returns what is said to be found in a damaged picture."""
    error = refused(data)
    assert error.reason == "not-an-image"
    assert error.detail.startswith("expected a whole picture; found ")
    return error.detail.removeprefix("expected a whole picture; found ")


def test_a_marker_may_be_led_by_fill_bytes() -> None:
    data = JPEG[:SCAN] + b"\xff\xff\xff" + JPEG[SCAN:-2] + b"\xff\xff\xd9"
    assert read_jpeg(data, LIMITS).data is data
    assert examine(data, LIMITS).repairs == ()


def test_a_thumbnail_in_the_jfif_segment_goes_and_the_segment_stays() -> None:
    assert JPEG[:4] == b"\xff\xd8\xff\xe0"
    fields = JPEG[6:18]
    thumbnail = segment(0xE0, fields + b"\x05\x04" + bytes(60))
    found = read_jpeg(JPEG[:2] + thumbnail + JPEG[20:], LIMITS)
    assert found.data == JPEG
    assert found.repairs == ("metadata-removed",)


def test_an_extended_thumbnail_goes() -> None:
    found = read_jpeg(JPEG[:20] + segment(0xE0, b"JFXX\0\x10face") + JPEG[20:], LIMITS)
    assert found.data == JPEG


@pytest.mark.parametrize("longer", [b"\0", b"secret"])
def test_an_adobe_segment_that_is_too_long_still_says_what_the_colours_are(longer: bytes) -> None:
    whole = encode(keep_rgb=True)
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
    assert whole[2:18] == adobe
    found = read_jpeg(whole[:2] + segment(0xEE, adobe[4:] + longer) + whole[18:], LIMITS)
    assert found.data == whole
    assert found.repairs == ("metadata-removed",)


def test_the_place_of_each_run_of_pixels_is_known() -> None:
    metadata = segment(0xED, b"Photoshop 3.0\0") + segment(0xFE, b"comment")
    data = RESTARTS[:20] + metadata + RESTARTS[20:] + b"more"
    found = read_jpeg(data, LIMITS)
    assert found.data == RESTARTS
    ends = found.scan_ends
    assert [found.data[end : end + 2] for end in ends] == [
        *(bytes((0xFF, 0xD0 + number % 8)) for number in range(len(ends) - 1)),
        b"\xff\xd9",
    ]
    assert read_jpeg(RESTARTS, LIMITS).scan_ends == ends


def test_one_run_of_pixels_that_nothing_follows_may_be_cut_at_its_end_only() -> None:
    assert not read_jpeg(JPEG, LIMITS).may_be_cut
    for data in (JPEG + b"more", RESTARTS, PROGRESSIVE):
        assert read_jpeg(data, LIMITS).may_be_cut


@pytest.mark.parametrize("whole", [JPEG, RESTARTS, PROGRESSIVE], ids=["base", "restarts", "prog"])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_an_end_marker_that_damage_made_is_no_end(whole: bytes, part: float) -> None:
    start = whole.index(b"\xff\xda") + 14
    at = int(start + (len(whole) - start) * part)
    while whole[at - 1] == 0xFF:
        at += 1
    found = damage(whole[:at] + b"\xff\xd9" + whole[at + 2 :])
    assert found in (
        "an end marker before the end of its pixels",
        "restart markers out of order",
        "no pixels for some of its components",
        "fewer scans than its pixels need",
    )


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (JPEG[:2] + b"\xff\xd9", "no pixels for some of its components"),
        (JPEG[:2] + JPEG[SCAN:], "pixels before the frame header"),
        (JPEG[:20] + b"junk" + JPEG[20:], "no marker at byte 20"),
        (JPEG[:20] + b"\xff\x01" + JPEG[20:], "a length that is wrong, before byte"),
        (JPEG[:20] + segment(0x37, b"") + JPEG[20:], "an unknown marker 0x37 at byte 20"),
        (JPEG[:20] + segment(0xCC, b"") + JPEG[20:], "an unknown marker 0xcc at byte 20"),
        (JPEG[:22] + b"\xff\xff" + JPEG[24:], "a length that is wrong, before byte 65,5"),
        (JPEG[:SCAN] + JPEG[FRAME : FRAME + 19] + JPEG[SCAN:], "two frame headers"),
        (JPEG[: FRAME + 9] + b"\2" + JPEG[FRAME + 10 :], "a frame of 15 bytes for 2 components"),
        (
            # Three and two to one another.
            JPEG[: FRAME + 11]
            + b"\x31"
            + JPEG[FRAME + 12 : FRAME + 14]
            + b"\x21"
            + JPEG[FRAME + 15 :],
            "components that are not told apart, or wrongly sampled",
        ),
        (
            JPEG[: FRAME + 11] + b"\x00" + JPEG[FRAME + 12 :],
            "components that are not told apart, or wrongly sampled",
        ),
        (JPEG[: SCAN + 4] + b"\2" + JPEG[SCAN + 5 :], "a scan header of 10 bytes"),
        (
            JPEG[: SCAN + 5] + b"\x09" + JPEG[SCAN + 6 :],
            "a scan of components that the picture does not have",
        ),
        (JPEG[:-50] + b"\xff\xd0" + JPEG[-50:], "restart markers out of order"),
        (RESTARTS.replace(b"\xff\xd1", b"\xff\xd2"), "restart markers out of order"),
        (RESTARTS.replace(b"\xff\xd1", b"", 1), "restart markers out of order"),
    ],
)
def test_what_is_out_of_place_is_damage(data: bytes, found: str) -> None:
    assert damage(data).startswith(found)


def test_pixels_of_only_some_components_are_no_picture() -> None:
    scan_header = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    found = damage(JPEG[:SCAN] + scan_header + JPEG[SCAN + 14 :])
    assert found == "no pixels for some of its components"


# What comes before the scans, and these, of which each but one brings its tables.
HEAD, *SCANS = re.split(rb"(?s)(?=\xff\xc4\0.[\x10\x11]|\xff\xd9)", PROGRESSIVE)


@pytest.mark.parametrize("left_out", range(len(SCANS) - 1))
def test_a_progressive_picture_of_which_scans_are_missing_is_not_whole(left_out: int) -> None:
    """libjpeg invents what is missing by smoothing, each version of it in another way."""
    assert b"".join((HEAD, *SCANS)) == PROGRESSIVE and len(SCANS) == 9
    found = damage(b"".join((HEAD, *SCANS[:left_out], *SCANS[left_out + 1 :])))
    assert found in ("scans in a wrong order", "fewer scans than its pixels need")
    found = damage(b"".join((HEAD, *SCANS[:left_out], b"\xff\xd9")))
    assert found == "fewer scans than its pixels need"


@pytest.mark.parametrize("at", range(5))
def test_the_scans_of_a_progressive_picture_have_an_order(at: int) -> None:
    # The last scan refines what the fifth one brought.
    swapped = [*SCANS[:at], SCANS[-2], *SCANS[at:-2], SCANS[-1]]
    found = damage(b"".join((HEAD, *swapped)))
    assert found == "scans in a wrong order"


@pytest.mark.parametrize(
    ("at", "value", "kind"),
    [
        (1, 0xC9, "0xc9 with 8 bits"),
        (1, 0xC3, "0xc3 with 8 bits"),
        (4, 12, "0xc0 with 12 bits"),
    ],
    ids=["arithmetic", "lossless", "12 bits"],
)
def test_a_kind_that_few_programs_read_is_not_allowed(at: int, value: int, kind: str) -> None:
    data = bytearray(JPEG)
    data[FRAME + at] = value
    error = refused(bytes(data))
    assert error.reason == "format-not-allowed"
    detail = "expected a baseline or progressive JPEG of 8 bits; found one of kind "
    assert error.detail == detail + kind


def test_a_file_that_says_it_is_enormous_is_refused_in_no_time() -> None:
    data = bytearray(JPEG)
    data[FRAME + 5 : FRAME + 9] = b"\xff\xff\xff\xff"
    start = time.perf_counter()
    error = refused(bytes(data))
    assert time.perf_counter() - start < 0.1
    detail = "expected at most 25,000,000 pixels; found 65535 x 65535"
    assert (error.reason, error.detail) == ("too-many-pixels", detail)


def test_more_pixels_a_side_than_libjpeg_takes_are_refused() -> None:
    data = bytearray(JPEG)
    data[FRAME + 5 : FRAME + 9] = b"\x00\x20\xff\xff"
    detail = "expected at most 65,500 pixels a side; found 65535 x 32"
    assert refused(bytes(data)).detail == detail


def test_no_number_of_scans_can_keep_a_decoder_busy() -> None:
    # A scan for each single coefficient is in order, and too many.
    more = b"".join(segment(0xDA, bytes((1, 1, 0, at, at, 0))) + b"\0" for at in range(1, 41))
    assert damage(HEAD + more + b"\xff\xd9") == "more than 32 scans"
