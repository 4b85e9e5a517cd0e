"""Which files are accepted as images, and how they are repaired."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from components.ingest.pictures.images import DRAWING_COMMENT, ImageLimits, Picture, examine
from tests.components.ingest.drawn import encode, exif, segment

LIMITS = ImageLimits()
ALL_FORMATS = ImageLimits(formats=("JPEG", "PNG", "WEBP", "GIF", "BMP"))
NOISE = Image.effect_noise((48, 40), 80).convert("RGB")
# A different color in each corner, so that all rotations look different.
CORNERS = Image.new("RGB", (2, 2))
CORNERS.putdata([(220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)])
CORNERS = CORNERS.resize((64, 48), Image.Resampling.NEAREST)


def decoded(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def assert_tensorflow_agrees(picture: Picture) -> None:
    pixels = tf.io.decode_jpeg(picture.data, channels=3).numpy()
    assert pixels.shape == (picture.height, picture.width, 3)
    image = decoded(picture.data)
    assert image.mode == "RGB"
    # The two decoders round differently.
    assert np.abs(pixels.astype(int) - np.asarray(image).astype(int)).max() <= 3


@pytest.mark.parametrize(
    "data",
    [
        encode(NOISE),
        encode(NOISE, progressive=True),
        encode(NOISE, subsampling="4:4:4"),
        encode(NOISE, restart_marker_blocks=2),
        encode(NOISE, keep_rgb=True),
        encode(NOISE, comment=DRAWING_COMMENT),
        encode(NOISE, "PNG"),
        encode(NOISE, "PNG", dpi=(72, 72)),
    ],
    ids=["baseline", "progressive", "444", "restarts", "adobe-rgb", "drawing", "png", "png-dpi"],
)
def test_a_valid_image_is_stored_byte_for_byte(data: bytes) -> None:
    picture = examine(data, LIMITS)
    assert picture.data is data
    assert picture.repairs == ()
    assert (picture.width, picture.height) == (48, 40)
    assert_tensorflow_agrees(picture)


@pytest.mark.parametrize("side", [20, 64, 200, 700])
def test_color_does_not_depend_on_the_encoding(side: int) -> None:
    gradient = Image.radial_gradient("L").resize((side, side))
    skin = Image.merge("RGB", (gradient, gradient.rotate(90), gradient.point(lambda v: v // 2)))
    encoded = [
        encode(skin, "PNG"),
        encode(skin, quality=95),
        encode(skin, keep_rgb=True, quality=95),
        encode(skin, progressive=True, quality=95),
    ]
    exact, *others = (examine(data, LIMITS).colour for data in encoded)
    assert exact > 10
    assert others == pytest.approx([exact] * 3, rel=0.05)
    assert examine(encode(skin.convert("L")), LIMITS).colour == 0
    assert examine(encode(skin.convert("L").convert("RGB")), LIMITS).colour == 0
    assert examine(encoded[0], LIMITS, with_color=False).colour is None


def test_an_image_has_a_format_a_size_scalars_and_a_hash() -> None:
    picture = examine(encode(Image.new("RGB", (200, 100), (90, 90, 90))), LIMITS)
    assert picture.detected_format == "JPEG"
    assert (picture.width, picture.height) == (200, 100)
    assert (picture.brightness, picture.contrast, picture.sharpness) == (90.0, 0.0, 0.0)
    assert picture.perceptual_hash == "0" * 16
    assert not picture.drawing


@pytest.mark.parametrize(
    ("file_format", "mode", "repairs"),
    [
        ("JPEG", "L", ("grey-to-rgb",)),
        ("JPEG", "CMYK", ("cmyk-to-rgb",)),
        ("PNG", "1", ("grey-to-rgb",)),
        ("PNG", "L", ("grey-to-rgb",)),
        ("PNG", "LA", ("grey-to-rgb", "alpha-removed")),
        ("PNG", "RGBA", ("alpha-removed",)),
        ("PNG", "P", ("palette-to-rgb",)),
        ("PNG", "I;16", ("16-bit-to-8-bit", "grey-to-rgb")),
        ("WEBP", "RGB", ("webp-to-png",)),
        ("GIF", "P", ("gif-to-png", "palette-to-rgb")),
        ("BMP", "RGB", ("bmp-to-png",)),
        ("BMP", "L", ("bmp-to-png", "grey-to-rgb")),
    ],
)
def test_other_pixel_formats_become_8_bit_rgb(
    file_format: str, mode: str, repairs: tuple[str, ...]
) -> None:
    if mode == "I;16":
        grey = np.asarray(CORNERS.convert("L")).astype(np.uint16) * 257
        source, expected = Image.fromarray(grey), CORNERS.convert("L").convert("RGB")
    else:
        source = CORNERS.convert(mode)
        expected = source.convert("RGB")
    options = {"lossless": True} if file_format == "WEBP" else {}
    picture = examine(encode(source, file_format, **options), ALL_FORMATS)
    assert picture.repairs == repairs
    assert picture.detected_format == file_format
    stored = decoded(picture.data)
    assert stored.format == ("JPEG" if file_format == "JPEG" else "PNG")
    assert stored.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    most = 12 if file_format == "JPEG" else 0
    difference = np.asarray(stored).astype(int) - np.asarray(expected).astype(int)
    assert np.abs(difference[4:20, 4:28]).max() <= most
    assert_tensorflow_agrees(picture)


def test_transparent_pixels_become_white() -> None:
    holed = CORNERS.convert("RGBA")
    holed.putalpha(0)
    picture = examine(encode(holed, "PNG"), LIMITS)
    assert decoded(picture.data).getextrema() == ((255, 255),) * 3
    assert picture.brightness == 255.0
    palette = CORNERS.convert("P")
    picture = examine(encode(palette, "PNG", transparency=palette.getpixel((0, 0))), LIMITS)
    assert picture.repairs == ("palette-to-rgb", "alpha-removed")
    assert decoded(picture.data).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_rotated_by_its_exif_orientation(file_format: str, orientation: int) -> None:
    options = {"quality": 95, "exif": exif(orientation=orientation)}
    data = encode(CORNERS, file_format, **options)
    picture = examine(data, ALL_FORMATS)
    assert ("rotated" in picture.repairs) == (orientation != 1)
    upright = np.asarray(ImageOps.exif_transpose(decoded(data)).convert("RGB")).astype(int)
    stored = np.asarray(decoded(picture.data)).astype(int)
    assert stored.shape == upright.shape == (picture.height, picture.width, 3)
    assert np.abs(stored - upright).mean() < 2
    assert len(decoded(picture.data).getexif()) == 0


def test_jpeg_metadata_is_removed_without_changing_pixels() -> None:
    plain = encode(NOISE)
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>secret place</x:xmpmeta>"
    secrets = (
        (0xE1, b"Exif\0\0" + exif().tobytes()),
        (0xE2, b"ICC_PROFILE\0\x01\x01secret profile"),
        (0xED, b"Photoshop 3.0\0secret caption"),
        (0xE5, b"secret maker's note"),
        (0xFE, b"secret comment"),
        (0xE1, xmp),
    )
    segments = b"".join(segment(*secret) for secret in secrets)
    picture = examine(plain[:20] + segments + plain[20:], LIMITS)
    assert picture.data == plain
    assert picture.repairs == ("metadata-removed", "colour-profile-removed")


def test_png_metadata_is_removed_without_changing_pixels() -> None:
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text("Author", "secret author")
    text.add_text("Comment", "secret comment", zip=True)
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>secret place</x:xmpmeta>")
    data = encode(NOISE, "PNG", pnginfo=text, exif=exif(), icc_profile=b"secret profile")
    picture = examine(data, LIMITS)
    assert picture.data == encode(NOISE, "PNG")
    assert picture.repairs == ("colour-profile-removed", "metadata-removed")


def test_no_metadata_survives_a_repair_of_the_pixels() -> None:
    data = encode(CORNERS.convert("L"), exif=exif(orientation=6), comment=b"secret", dpi=(72, 72))
    picture = examine(data, LIMITS)
    assert picture.repairs == ("metadata-removed", "grey-to-rgb", "rotated")
    assert b"Camera" not in picture.data
    assert b"secret" not in picture.data
    assert not {"exif", "comment", "icc_profile"} & decoded(picture.data).info.keys()


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("orientation", [1, 3])
def test_a_drawing_stays_marked_after_any_repair(mode: str, orientation: int) -> None:
    data = encode(
        CORNERS.convert(mode), comment=DRAWING_COMMENT, exif=exif(orientation=orientation)
    )
    picture = examine(data, LIMITS)
    assert picture.drawing
    assert decoded(picture.data).info["comment"] == DRAWING_COMMENT
    again = examine(picture.data, LIMITS)
    assert again.drawing and again.repairs == () and again.data is picture.data


def test_a_drawing_is_recognized_only_by_its_comment() -> None:
    assert not examine(encode(NOISE), LIMITS).drawing
    assert not examine(encode(NOISE, comment=DRAWING_COMMENT + b"!"), LIMITS).drawing
    assert not examine(encode(NOISE) + DRAWING_COMMENT, LIMITS).drawing


@pytest.mark.parametrize(
    ("file_format", "repairs"),
    [
        ("MPO", ("first-frame-kept",)),
        ("PNG", ("first-frame-kept",)),
        ("GIF", ("first-frame-kept", "gif-to-png")),
        ("WEBP", ("first-frame-kept", "webp-to-png")),
    ],
)
def test_only_the_first_of_several_frames_is_kept(
    file_format: str, repairs: tuple[str, ...]
) -> None:
    other = ImageOps.invert(CORNERS)
    data = encode(CORNERS, file_format, save_all=True, append_images=[other])
    picture = examine(data, ALL_FORMATS)
    assert set(repairs) <= set(picture.repairs)
    stored = decoded(picture.data)
    assert getattr(stored, "n_frames", 1) == 1
    assert stored.format == ("JPEG" if file_format == "MPO" else "PNG")
    difference = np.asarray(stored.convert("RGB")).astype(int) - np.asarray(CORNERS)
    assert np.abs(difference).mean() < 8
    assert examine(picture.data, LIMITS).repairs == ()


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
@pytest.mark.parametrize("rest", [b"\n", b"\0" * 99, b"a film" * 99, encode(NOISE)])
def test_trailing_bytes_are_removed(file_format: str, rest: bytes) -> None:
    whole = encode(NOISE, file_format)
    picture = examine(whole + rest, LIMITS)
    assert picture.data == whole
    second = file_format == "JPEG" and rest.startswith(b"\xff\xd8")
    assert picture.repairs == ("first-frame-kept" if second else "trailing-bytes-removed",)


@pytest.mark.real
@pytest.mark.slow
def test_every_image_of_the_real_data_is_stored_byte_for_byte(crop_part1: Path) -> None:
    with tarfile.open(crop_part1) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            data = content.read()
            picture = examine(data, LIMITS)
            assert picture.data is data and picture.repairs == (), member.name
            assert (picture.width, picture.height) == (200, 200)
