"""Which files are rejected as images, and for what reason."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from components.ingest.pictures.formats import advise
from components.ingest.pictures.images import ImageLimits, examine
from components.ingest.rejection import RejectedFile
from components.ingest.settings import IngestSettings
from tests.components.ingest.drawn import encode, exif

LIMITS = ImageLimits()
ALL_FORMATS = ImageLimits(formats=("JPEG", "PNG", "WEBP", "GIF", "BMP"))
NOISE = Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 48, 3), np.uint8))


def rejection(data: bytes, limits: ImageLimits = LIMITS) -> tuple[str, str] | None:
    """Returns the reason and the detail; None if the image is accepted."""
    try:
        examine(data, limits)
    except RejectedFile as error:
        return error.reason, error.detail
    return None


def test_an_empty_file_is_rejected() -> None:
    assert rejection(b"") == ("empty-file", "expected an image; found no bytes")


@pytest.mark.parametrize("data", [b"a face", b"\0" * 99, b"<svg/>", b"\xff\xd8", b"\x89PNG"])
def test_a_file_that_is_no_image_is_rejected_with_its_first_bytes(data: bytes) -> None:
    detail = f"expected a JPEG or PNG image; found bytes that start with {data[:8]!r}"
    assert rejection(data) == ("not-an-image", detail)


@pytest.mark.parametrize("file_format", ["GIF", "BMP", "WEBP", "TIFF", "ICO", "JPEG2000"])
def test_a_format_that_is_not_allowed_is_named(file_format: str) -> None:
    detail = f"expected a JPEG or PNG image; found {file_format}. {advise(file_format)}"
    assert rejection(encode(NOISE, file_format)) == ("format-not-allowed", detail)


def test_the_bytes_determine_the_format_and_the_limits_allow_formats() -> None:
    only_png = ImageLimits(formats=("PNG",))
    assert rejection(encode(NOISE, "PNG"), only_png) is None
    detail = "expected a PNG image; found JPEG. To accept it, add JPEG to ingest.pictures.formats"
    assert rejection(encode(NOISE), only_png) == ("format-not-allowed", detail)
    detail = (
        "expected a JPEG, PNG, WEBP, GIF or BMP image; found TIFF. Convert it first, e.g. with: "
        "magick FACE.tif FACE.png"
    )
    assert rejection(encode(NOISE, "TIFF"), ALL_FORMATS) == ("format-not-allowed", detail)


@pytest.mark.parametrize(
    "wrong", [{"formats": ("EPS",)}, {"formats": ()}, {"max_pixels": 10**9}, {"min_side": 0}]
)
def test_limits_that_would_allow_an_attack_are_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        IngestSettings(pictures=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_an_image_that_is_too_small_is_rejected(file_format: str) -> None:
    data = encode(Image.new("RGB", (1, 1)), file_format)
    detail = "expected at least 16 pixels a side; found 1 x 1"
    assert rejection(data, ALL_FORMATS) == ("too-small", detail)
    assert rejection(encode(Image.new("RGB", (40, 15)), file_format), ALL_FORMATS) is not None
    assert rejection(encode(Image.new("RGB", (40, 16)), file_format), ALL_FORMATS) is None
    tiny = examine(data, ImageLimits(formats=ALL_FORMATS.formats, min_side=1))
    assert (tiny.width, tiny.height, tiny.sharpness) == (1, 1, 0.0)


def test_a_file_with_too_many_bytes_is_rejected() -> None:
    limits = ImageLimits(max_bytes=1000)
    detail = "expected at most 1,000 bytes; found 1,001"
    assert rejection(b"\xff\xd8\xff" + bytes(998), limits) == ("too-many-bytes", detail)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_too_many_pixels_are_rejected_before_decoding(
    file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encode(NOISE, file_format)
    limits = ImageLimits(formats=ALL_FORMATS.formats, max_pixels=48 * 40 - 1)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    detail = "expected at most 1,919 pixels; found 48 x 40"
    assert rejection(data, limits) == ("too-many-pixels", detail)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_jpeg_cut_at_any_tenth_is_truncated(progressive: bool, tenth: int) -> None:
    whole = encode(NOISE, progressive=progressive, exif=exif())
    cut = whole[: len(whole) * tenth // 10]
    reason, detail = rejection(cut) or ("", "")
    assert reason == "truncated"
    assert detail.startswith(f"expected a whole image; the file ends after {len(cut):,} bytes")


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("tenth", range(1, 10))
def test_other_formats_cut_at_any_tenth_are_truncated(file_format: str, tenth: int) -> None:
    whole = encode(NOISE, file_format)
    reason, detail = rejection(whole[: len(whole) * tenth // 10], ALL_FORMATS) or ("", "")
    assert reason == "truncated"
    assert detail.startswith("expected a whole image; the file ends after ")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
@given(data=st.data())
def test_an_image_cut_anywhere_after_its_first_bytes_is_truncated(
    file_format: str, data: st.DataObject
) -> None:
    whole = encode(NOISE, file_format)
    reason, _ = rejection(whole[: data.draw(st.integers(8, len(whole) - 1))]) or ("", "")
    assert reason == "truncated"


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_no_pillow_warning_is_emitted(file_format: str) -> None:
    data = encode(NOISE.convert("P").convert("RGB"), file_format)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        examine(data, ALL_FORMATS)
        # Pillow warns of a decompression bomb here.
        large = b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + (10_000).to_bytes(4, "little") * 2
        large += b"\1\0\x18\0" + bytes(24)
        assert (rejection(large, ALL_FORMATS) or "")[0] == "too-many-pixels"


@pytest.mark.parametrize("size", [(40, 24), (64, 64), (33, 47)])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_jpeg_with_an_end_marker_is_rejected(
    size: tuple[int, int], options: dict[str, Any], share: float
) -> None:
    whole = encode(NOISE.resize(size), "JPEG", **options)
    start = whole.index(b"\xff\xda")
    data = whole[: start + int(share * (len(whole) - start))].rstrip(b"\xff") + b"\xff\xd9"
    reason, _ = rejection(data, LIMITS)
    assert reason == "not-an-image"
    assert examine(whole, LIMITS).repairs == ()


def test_a_jpeg_that_ends_in_one_color_is_accepted() -> None:
    image = NOISE.resize((64, 64)).convert("RGB")
    image.paste((0, 0, 0), (0, 40, 64, 64))
    data = encode(image, "JPEG")
    assert examine(data, LIMITS).data is data
