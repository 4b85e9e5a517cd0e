"""Symbolic links that lead out of the data folder are counted but not followed."""

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.ingest.sources import source
from components.storage import files
from pipeline.cli import main

STAMP = "20170109142408{:03d}.jpg.chip.jpg"
TOLD = (
    "expected a file in the data folder; found a symbolic link that leads out of it. To follow "
    "such links, set ingest.follow_links"
)


@pytest.fixture
def folder(faces: Path, tmp_path: Path) -> Path:
    """Images, links within the folder, and links that lead out of the folder."""
    pictures = [path.read_bytes() for path in sorted(faces.iterdir())[:4]]
    data, outside = tmp_path / "data", tmp_path / "data outside"
    (data / "in").mkdir(parents=True)
    outside.mkdir()
    (data / f"20_0_0_{STAMP.format(0)}").write_bytes(pictures[0])
    (data / "in" / f"21_0_0_{STAMP.format(1)}").write_bytes(pictures[1])
    (outside / f"22_0_0_{STAMP.format(2)}").write_bytes(pictures[2])
    with zipfile.ZipFile(outside / "f.zip", "w") as archive:
        archive.writestr(f"23_0_0_{STAMP.format(3)}", pictures[3])
    (data / f"30_0_0_{STAMP.format(4)}").symlink_to(f"in/21_0_0_{STAMP.format(1)}")
    (data / "link-in").symlink_to("in")
    (data / f"31_0_0_{STAMP.format(5)}").symlink_to(outside / f"22_0_0_{STAMP.format(2)}")
    (data / "link-out").symlink_to(outside)
    (data / "f.zip").symlink_to("../data outside/f.zip")
    return data


def look(data: object, tmp_path: Path, *settings: str) -> dict[str, tuple[str, str]]:
    ledger = tmp_path / "ledger.jsonl"
    arguments = ["inspect", str(data), "--ledger", str(ledger), "--set", "ingest.duplicates=keep"]
    for setting in settings:
        arguments += ["--set", setting]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (0, 2), result.output
    rows = [json.loads(line) for line in ledger.read_text().splitlines()]
    return {row["name"]: (row["reason"], row["detail"]) for row in rows}


def test_inner_links_are_followed_and_outside_links_are_quarantined(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, openly = [], files.open
    monkeypatch.setattr(files, "open", lambda path: opened.append(path) or openly(path))
    assert look(folder, tmp_path) == {
        f"20_0_0_{STAMP.format(0)}": ("", ""),
        f"30_0_0_{STAMP.format(4)}": ("", ""),
        f"31_0_0_{STAMP.format(5)}": ("link-outside", TOLD),
        "f.zip": ("link-outside", TOLD),
        "link-out": ("link-outside", TOLD),
        f"in/21_0_0_{STAMP.format(1)}": ("", ""),
        f"link-in/21_0_0_{STAMP.format(1)}": ("", ""),
    }
    assert not [path for path in opened if "out" in path or path.endswith(".zip")]


def test_the_follow_links_setting_follows_all_links(folder: Path, tmp_path: Path) -> None:
    found = look(folder, tmp_path, "ingest.follow_links=true")
    assert {name: reason for name, (reason, _) in found.items() if reason} == {}
    assert {name for name in found if "out" in name or "!" in name} == {
        f"f.zip!23_0_0_{STAMP.format(3)}",
        f"link-out/22_0_0_{STAMP.format(2)}",
        f"link-out/f.zip!23_0_0_{STAMP.format(3)}",
    }


def test_a_link_named_by_the_data_path_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to("data")
    assert len(look(tmp_path / "linked", tmp_path)) == 7
    for name in ("link-out", "f.zip", f"31_0_0_{STAMP.format(5)}"):
        found = look(folder / name, tmp_path)
        assert {reason for reason, _ in found.values()} == {""}


@pytest.mark.parametrize(
    ("pattern", "refused"),
    [
        ("*.jpg", [f"31_0_0_{STAMP.format(5)}"]),
        ("*/*.jpg", [f"link-out/22_0_0_{STAMP.format(2)}"]),
        ("link-*", ["link-out"]),
        ("link-out/*.jpg", []),
        ("*.zip", ["f.zip"]),
    ],
)
def test_outside_links_matched_by_a_wildcard_are_not_followed(
    folder: Path, tmp_path: Path, pattern: str, refused: list[str]
) -> None:
    found = look(f"{folder}/{pattern}", tmp_path)
    assert [name for name, (reason, _) in found.items() if reason == "link-outside"] == refused


def test_a_link_to_an_outside_folder_is_listed_without_its_files(tmp_path: Path) -> None:
    """For example, a link made by `ln -s /etc`."""
    for number in range(1000):
        path = tmp_path / "far" / f"{number % 10}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "far").symlink_to("../far")
    listed = list(source.list_files(source.resolve(f"{tmp_path}/data")))
    assert [(one.relative_name, one.outside) for one in listed] == [("far", True)]
    assert (
        len(list(source.list_files(source.resolve(f"{tmp_path}/data"), follow_links=True))) == 1000
    )
