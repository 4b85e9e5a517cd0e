"""Which parts of a JPEG are kept, and which JPEGs are complete."""

import io
import itertools
import re
import time
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.ingest.pictures.images import DRAWING_COMMENT, ImageLimits, Picture, examine
from components.ingest.rejection import RejectedFile
from tests.components.ingest.drawn import segment

LIMITS = ImageLimits()
NOISE = Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 48, 3), np.uint8))


def encode(**options: Any) -> bytes:
    file = io.BytesIO()
    NOISE.save(file, "JPEG", **options)
    return file.getvalue()


JPEG = encode()
RESTARTS = encode(restart_marker_blocks=2)
PROGRESSIVE = encode(progressive=True)
SCAN = JPEG.index(b"\xff\xda")
FRAME = JPEG.index(b"\xff\xc0")


def accepted(data: bytes) -> Picture:
    """Examines an image, and checks that TensorFlow decodes it to the same size."""
    picture = examine(data, LIMITS)
    pixels = tf.io.decode_image(picture.data, channels=3).numpy()
    assert pixels.shape == (picture.height, picture.width, 3)
    return picture


def refused(data: bytes) -> RejectedFile:
    with pytest.raises(RejectedFile) as caught:
        examine(data, LIMITS)
    return caught.value


def damage(data: bytes) -> str:
    """Returns what the message reports as found in a damaged image."""
    error = refused(data)
    assert error.reason == "not-an-image"
    assert error.detail.startswith("expected a whole image; found ")
    return error.detail.removeprefix("expected a whole image; found ")


def len_of(found: re.Match[bytes]) -> int:
    return len(found[0])


def test_fill_bytes_before_a_marker_are_accepted() -> None:
    data = JPEG[:SCAN] + b"\xff\xff\xff" + JPEG[SCAN:-2] + b"\xff\xff\xd9"
    picture = accepted(data)
    assert picture.data is data and picture.repairs == ()


def test_fill_bytes_do_not_hide_a_premature_end_marker() -> None:
    cut = JPEG[: SCAN + (len(JPEG) - SCAN) // 2].rstrip(b"\xff")
    assert damage(cut + b"\xff\xff\xff\xd9") == "an end marker before the end of its pixels"


def test_a_jfif_thumbnail_is_removed_and_its_segment_is_kept() -> None:
    assert JPEG[:4] == b"\xff\xd8\xff\xe0"
    fields = JPEG[6:18]
    thumbnail = segment(0xE0, fields + b"\x05\x04" + bytes(60))
    picture = accepted(JPEG[:2] + thumbnail + JPEG[20:])
    assert picture.data == JPEG
    assert picture.repairs == ("metadata-removed",)


def test_an_extended_thumbnail_is_removed() -> None:
    assert accepted(JPEG[:20] + segment(0xE0, b"JFXX\0\x10face") + JPEG[20:]).data == JPEG


@pytest.mark.parametrize("longer", [b"\0", b"secret"])
def test_an_overlong_adobe_segment_keeps_its_color_transform(longer: bytes) -> None:
    whole = encode(keep_rgb=True)
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
    assert whole[2:18] == adobe
    picture = accepted(whole[:2] + segment(0xEE, adobe[4:] + longer) + whole[18:])
    assert picture.data == whole
    assert picture.repairs == ("metadata-removed",)


@pytest.mark.parametrize("whole", [JPEG, RESTARTS, PROGRESSIVE], ids=["base", "restarts", "prog"])
def test_metadata_is_removed_anywhere_without_changing_pixels(whole: bytes) -> None:
    frame = re.search(rb"\xff[\xc0\xc2]\0\x11", whole)
    assert frame is not None
    for at in (2, frame.start(), whole.index(b"\xff\xda")):
        extra = segment(0xED, b"Photoshop 3.0\0secret") + segment(0xFE, b"secret")
        picture = accepted(whole[:at] + extra + whole[at:] + b"more")
        assert picture.data == whole
        assert picture.repairs == ("metadata-removed", "trailing-bytes-removed")


@pytest.mark.parametrize("whole", [JPEG, RESTARTS, PROGRESSIVE], ids=["base", "restarts", "prog"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_premature_end_marker_is_damage(whole: bytes, part: float) -> None:
    scan = max(re.finditer(rb"(?s)\xff\xda.+?(?=\xff[\xc4\xd9\xda])", whole), key=len_of)
    at = scan.start() + 14 + int((len_of(scan) - 14) * part)
    while whole[at - 1] == 0xFF:
        at += 1
    for rest in (whole[at + 2 :], b"", whole):
        found = damage(whole[:at] + b"\xff\xd9" + rest)
        assert found in (
            "an end marker before the end of its pixels",
            "too few scans for its pixels",
        )


@pytest.mark.parametrize("whole", [JPEG, RESTARTS, PROGRESSIVE], ids=["base", "restarts", "prog"])
def test_a_jpeg_cut_at_any_byte_is_truncated(whole: bytes) -> None:
    assert {refused(whole[:size]).reason for size in range(3, len(whole))} == {"truncated"}


# Runs of pixels between restart markers; each run but the last ends in its marker.
RUNS = re.split(rb"(?s)(?<=\xff[\xd0-\xd7])", RESTARTS[:-2])


@pytest.mark.parametrize("renumbered", [False, True])
def test_a_missing_restart_interval_is_damage(renumbered: bool) -> None:
    """libjpeg fills missing intervals with gray, and Pillow hides its warnings."""
    assert len(RUNS) == 5
    for first, last in itertools.combinations(range(1, len(RUNS) + 1), 2):
        runs = [*RUNS[:first], *RUNS[last:]]
        if renumbered:
            runs = [
                re.sub(rb"\xff[\xd0-\xd7]", bytes((0xFF, 0xD0 + at)), run)
                for at, run in enumerate(runs)
            ]
        assert damage(b"".join(runs) + b"\xff\xd9") in (
            "restart markers out of order",
            "an end marker before the end of its pixels",
        )


@pytest.mark.parametrize("count", [2, 3, 5, 9, 50])
def test_a_cut_run_of_pixels_is_damage_even_in_its_last_block(count: int) -> None:
    """The last block has only chroma, so the luma does not show the cut."""
    for number, run in enumerate(RUNS[:-1]):
        data = b"".join((*RUNS[:number], run[: -2 - count], run[-2:], *RUNS[number + 1 :]))
        assert damage(data + b"\xff\xd9") == "an end marker before the end of its pixels"
    cut = RESTARTS[: -2 - count].rstrip(b"\xff") + b"\xff\xd9"
    assert damage(cut) == "an end marker before the end of its pixels"
    assert damage(JPEG[: -2 - count].rstrip(b"\xff") + b"\xff\xd9more")


def test_a_flood_of_restart_markers_is_rejected_quickly() -> None:
    flood = b"".join(bytes((0xFF, 0xD0 + number)) for number in range(8)) * 100_000
    start = time.perf_counter()
    with pytest.raises(RejectedFile, match="that is unknown or superfluous"):
        examine(RESTARTS[:-2] + flood[8:] + b"\xff\xd9", ImageLimits(max_pixels=10_000))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (JPEG[:2] + b"\xff\xd9", "too few scans for its pixels"),
        (JPEG[:2] + JPEG[SCAN:], "a marker 0xda that is unknown or superfluous"),
        (JPEG[:20] + b"junk" + JPEG[20:], "no marker at byte 20"),
        (JPEG[:20] + b"\xff\x01" + JPEG[20:], "a wrong length within its headers"),
        (JPEG[:20] + segment(0x37, b"") + JPEG[20:], "a marker 0x37 that is unknown"),
        (JPEG[:22] + b"\xff\xff" + JPEG[24:], "a wrong length within its headers"),
        (JPEG[:SCAN] + JPEG[FRAME : FRAME + 19] + JPEG[SCAN:], "a marker 0xc0 that is unknown or"),
        (JPEG[: FRAME + 9] + b"\2" + JPEG[FRAME + 10 :], "a Pillow error: cannot handle 2-"),
        (
            # Sampling factors of 3 and 2.
            JPEG[: FRAME + 11]
            + b"\x31"
            + JPEG[FRAME + 12 : FRAME + 14]
            + b"\x21"
            + JPEG[FRAME + 15 :],
            "components with equal names or invalid sampling",
        ),
        (
            JPEG[: FRAME + 11] + b"\x00" + JPEG[FRAME + 12 :],
            "components with equal names or invalid sampling",
        ),
        (
            JPEG[: FRAME + 10] + JPEG[FRAME + 13 : FRAME + 14] + JPEG[FRAME + 11 :],
            "components with equal names or invalid sampling",
        ),
        (JPEG[: SCAN + 4] + b"\2" + JPEG[SCAN + 5 :], "a Pillow error: broken data stream"),
        (JPEG[: SCAN + 5] + b"\x09" + JPEG[SCAN + 6 :], "too few scans for its pixels"),
        (JPEG[: SCAN + 11] + b"\1" + JPEG[SCAN + 12 :], "too few scans for its pixels"),
        (JPEG[:-50] + b"\xff\xd0" + JPEG[-50:], "an end marker before the end of its pixels"),
        (RESTARTS.replace(b"\xff\xd1", b"\xff\xd2"), "restart markers out of order"),
        (RESTARTS.replace(b"\xff\xd1", b"", 1), "restart markers out of order"),
        (JPEG[:SCAN] + b"\xff\xd0" + JPEG[SCAN:], "restart markers out of order"),
    ],
)
def test_misplaced_or_invalid_segments_are_damage(data: bytes, found: str) -> None:
    assert damage(data).startswith(found)


def test_pixels_of_only_some_components_are_damage() -> None:
    scan_header = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    found = damage(JPEG[:SCAN] + scan_header + JPEG[SCAN + 14 :])
    assert found == "too few scans for its pixels"


# The headers, and the scans; each scan but one starts with its tables.
HEAD, *SCANS = re.split(rb"(?s)(?=\xff\xc4\0.[\x10\x11]|\xff\xd9)", PROGRESSIVE)


@pytest.mark.parametrize("left_out", range(len(SCANS) - 1))
def test_missing_scans_of_a_progressive_image_are_damage(left_out: int) -> None:
    """libjpeg replaces missing scans by smoothing, which differs between its versions."""
    assert b"".join((HEAD, *SCANS)) == PROGRESSIVE and len(SCANS) == 9
    found = damage(b"".join((HEAD, *SCANS[:left_out], *SCANS[left_out + 1 :])))
    assert found in ("scans in the wrong order", "too few scans for its pixels")
    found = damage(b"".join((HEAD, *SCANS[:left_out], b"\xff\xd9")))
    assert found == "too few scans for its pixels"


@pytest.mark.parametrize("at", range(5))
def test_scans_of_a_progressive_image_must_be_in_order(at: int) -> None:
    # The last scan refines the fifth scan.
    swapped = [*SCANS[:at], SCANS[-2], *SCANS[at:-2], SCANS[-1]]
    found = damage(b"".join((HEAD, *swapped)))
    assert found == "scans in the wrong order"


@pytest.mark.parametrize(
    ("at", "value", "kind"),
    [
        (1, 0xC9, "0xc9 with 8 bits"),
        (1, 0xC3, "0xc3 with 8 bits"),
        (1, 0xCC, "0xcc with 8 bits"),
        (4, 12, "0xc0 with 12 bits"),
    ],
    ids=["arithmetic", "lossless", "arithmetic table", "12 bits"],
)
def test_kinds_of_jpeg_that_few_programs_read_are_not_allowed(
    at: int, value: int, kind: str
) -> None:
    data = bytearray(JPEG)
    data[FRAME + at] = value
    error = refused(bytes(data))
    assert error.reason == "format-not-allowed"
    detail = "expected a baseline or progressive JPEG of 8 bits; found a JPEG of kind "
    assert error.detail == detail + kind


@pytest.mark.parametrize(
    ("size", "detail"),
    [
        (b"\xff\xff\xff\xff", "expected at most 25,000,000 pixels; found 65535 x 65535"),
        # More than libjpeg supports.
        (b"\x00\x20\xff\xff", "expected at most 65,500 pixels a side; found 65535 x 32"),
    ],
)
def test_an_enormous_declared_size_is_rejected_quickly(size: bytes, detail: str) -> None:
    start = time.perf_counter()
    error = refused(JPEG[: FRAME + 5] + size + JPEG[FRAME + 9 :])
    assert time.perf_counter() - start < 0.1
    assert (error.reason, error.detail) == ("too-many-pixels", detail)


def test_too_many_scans_are_damage() -> None:
    # One scan per coefficient is valid, but the scans are too many.
    more = b"".join(segment(0xDA, bytes((1, 1, 0, at, at, 0))) + b"\0" for at in range(1, 41))
    found = damage(HEAD + more + b"\xff\xd9")
    assert found == "a marker 0xda that is unknown or superfluous"


def test_a_drawing_is_recognized_by_its_comment_anywhere_in_the_headers() -> None:
    mark = segment(0xFE, DRAWING_COMMENT)
    for at in (2, 20, SCAN):
        picture = accepted(JPEG[:at] + mark + JPEG[at:])
        assert picture.drawing and picture.repairs == ()
    assert not accepted(JPEG + mark).drawing
