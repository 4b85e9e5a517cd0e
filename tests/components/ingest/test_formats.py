"""File names, the ingest and `utkface predict` share one table of formats."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from components.ingest.labels.names import labels_of, parse
from components.ingest.pictures import pictures
from components.ingest.pictures.formats import FORMATS, advise, by_suffix, sniff
from components.ingest.pictures.images import ImageLimits
from components.ingest.settings import IngestSettings
from pipeline.cli import main
from pipeline.tools.prediction.image_files import read_images
from tests.components.ingest.drawn import encode, photo

STAMP = "20170116174525125"
BRANDS = {b"heic": "HEIF", b"mif1": "HEIF", b"hevc": "HEIF", b"avif": "AVIF"}


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        (f"39_1_1_{STAMP}.jpg.chip.jpg", "JPEG"),
        (f"folder.png/39_1_1_{STAMP}.JPEG", "JPEG"),
        (f"39_1_1_{STAMP}.jpg.chip.PNG", "PNG"),
        (f"39_1_1_{STAMP}.webp", "WEBP"),
        (f"39_1_1_{STAMP}.HEIC", "HEIF"),
        (f"39_1_1_{STAMP}jpg", ""),
        (f"39_1_1_{STAMP}.pg", ""),
        ("Thumbs.db", ""),
        ("", ""),
    ],
)
def test_the_last_suffix_declares_the_format(name: str, declared: str) -> None:
    assert by_suffix(name) == declared


@given(st.text(st.characters()))
def test_any_text_declares_a_format_or_none(name: str) -> None:
    assert by_suffix(name) in {*FORMATS, ""}


def test_settings_can_accept_exactly_the_formats_without_conversion() -> None:
    acceptable = [word for word, known in FORMATS.items() if not known.convert]
    assert acceptable == list(get_args(pictures.Format))


def test_every_suffix_is_valid_in_names_and_belongs_to_one_format() -> None:
    suffixes = [suffix for known in FORMATS.values() for suffix in known.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    for suffix in suffixes:
        assert parse(f"39_1_1_{STAMP}{suffix}") == labels_of((39, 1, 1))
        assert parse(f"39_1_1_{STAMP}.jpg.chip{suffix.upper()}") == labels_of((39, 1, 1))


def test_formats_recognized_by_their_bytes_have_advice() -> None:
    for brand, word in BRANDS.items():
        assert sniff(b"\0\0\0\x18ftyp" + brand + bytes(8)) == word
    assert advise("HEIF") == "Convert it first, e.g. with: heif-convert FACE.heic FACE.png"
    assert advise("AVIF") == "Convert it first, e.g. with: avifdec FACE.avif FACE.png"
    assert advise("WEBP") == "To accept it, add WEBP to ingest.pictures.formats"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, (suffix, file_format) in enumerate(
        [(".webp", "WEBP"), (".jpg", "WEBP"), (".webp", "JPEG"), (".gif", "GIF"), (".bmp", "BMP")]
    ):
        (tmp_path / f"3{number}_1_1_{STAMP}{suffix}").write_bytes(encode(photo(), file_format))
    brand = b"\0\0\0\x18ftypheic" + bytes(4) + b"mif1heic" + bytes(99)
    (tmp_path / f"35_1_1_{STAMP}.heic").write_bytes(brand)
    return tmp_path


def look(folder: Path, formats: str) -> dict[str, tuple[str, str]]:
    ledger = folder.with_name("ledger.jsonl")
    options = ["--ledger", str(ledger), "--set", f"ingest.pictures.formats={formats}"]
    CliRunner().invoke(main, ["inspect", str(folder), *options])
    rows = [json.loads(line) for line in ledger.read_text().splitlines()]
    return {row["name"].partition("_")[0]: (row["reason"], row["detail"]) for row in rows}


def test_accepted_formats_are_ingested_whatever_their_suffix(folder: Path) -> None:
    found = look(folder, "[JPEG, WEBP, BMP]")
    refused = "expected a JPEG, WEBP or BMP image; found "
    assert found == {
        "30": ("webp-to-png", ""),
        "31": ("webp-to-png", ""),
        "32": ("", ""),
        "33": (
            "format-not-allowed",
            f"{refused}GIF. To accept it, add GIF to ingest.pictures.formats",
        ),
        "34": ("bmp-to-png", ""),
        "35": (
            "format-not-allowed",
            f"{refused}HEIF. Convert it first, e.g. with: heif-convert FACE.heic FACE.png",
        ),
    }
    assert look(folder, "[PNG]")["32"][0] == "format-not-allowed"


def test_predict_accepts_the_formats_that_the_ingest_accepts(folder: Path) -> None:
    path = folder / f"30_1_1_{STAMP}.webp"
    allowed = IngestSettings(pictures=ImageLimits(formats=("JPEG", "WEBP")))
    (taken,) = read_images([str(path)], allowed)
    assert taken.data is not None and sniff(taken.data) == "PNG"
    (refused,) = read_images([str(path)], IngestSettings())
    assert refused.data is None
    assert "found WEBP. To accept it, add WEBP to ingest.pictures" in refused.reason


@pytest.mark.parametrize(
    ("name", "setting", "refused"),
    [
        (f"30_1_1_{STAMP}.webp", "ingest.pictures.formats=[WEBP]", "found WEBP. To accept it, add"),
        ("large.png", "ingest.pictures.max_pixels=26000000", "expected at most 25,000,000 pixels"),
    ],
)
def test_the_predict_command_applies_the_settings_of_the_ingest(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, setting: str, refused: str
) -> None:
    Image.new("L", (5001, 5000)).save(folder / "large.png")
    (folder / "root" / "serving" / "1").mkdir(parents=True)
    (folder / "root" / "serving" / "1" / "saved_model.pb").touch()
    asked: list[bytes] = []

    def ask(contents: Sequence[bytes]) -> list[tuple[float, float, list[float]]]:
        asked.extend(contents)
        return [(30.0, 0.5, [1.0, 0.0, 0.0, 0.0, 0.0])] * len(contents)

    monkeypatch.setattr("pipeline.tools.prediction.prediction._load", lambda _: ask)
    monkeypatch.setattr("pipeline.root.served_versions.find_damage", lambda _: "")
    command = ["predict", str(folder / name), "--root", str(folder / "root"), "--json"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert refused in " ".join(result.output.split())
    CliRunner().invoke(main, [*command, "--set", setting])
    assert [sniff(data) for data in asked] == ["PNG"]
