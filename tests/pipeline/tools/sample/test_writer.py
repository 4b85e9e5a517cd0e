"""What write_samples leaves on the disk, and what it refuses."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from components.ingest.labels.names import parse
from pipeline.tools.sample import MAX_COUNT, write_samples
from pipeline.tools.sample.labels import draw_labels, image_random

COUNT = 12


def digests(paths: list[Path]) -> list[tuple[str, str]]:
    return [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_samples(tmp_path_factory.mktemp("samples") / "new" / "out", count=COUNT, seed=7)


def test_the_folder_holds_the_files_returned_and_nothing_else(written: list[Path]) -> None:
    assert len(set(written)) == COUNT
    assert set(written[0].parent.iterdir()) == set(written)


def test_a_file_is_a_plain_rgb_jpeg(written: list[Path]) -> None:
    for path in written:
        with Image.open(path) as image:
            image.load()
            assert (image.format, image.size, image.mode) == ("JPEG", (200, 200), "RGB")
            assert not image.getexif()
            # The JFIF header that every such file has, and no profile or thumbnail.
            assert image.info.pop("comment") == b"utkface-tfx drawing, not a photograph"
            assert set(image.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        data = path.read_bytes()
        assert b"\xff\xc0" in data  # a baseline frame
        assert b"\xff\xc2" not in data  # a progressive one


def test_a_name_carries_the_labels_of_its_picture(written: list[Path]) -> None:
    for index, path in enumerate(written):
        labels = draw_labels(image_random(7, index))
        assert parse(path.name) == labels


def test_two_runs_write_the_same_bytes(written: list[Path], tmp_path: Path) -> None:
    assert digests(write_samples(tmp_path, count=COUNT, seed=7)) == digests(written)


def test_a_picture_does_not_depend_on_the_count(written: list[Path], tmp_path: Path) -> None:
    assert digests(write_samples(tmp_path, count=5, seed=7)) == digests(written)[:5]


def test_another_seed_writes_other_names_and_pictures(written: list[Path], tmp_path: Path) -> None:
    other = digests(write_samples(tmp_path, count=COUNT, seed=8))
    for column in (0, 1):
        assert not {row[column] for row in other} & {row[column] for row in digests(written)}


def test_progress_counts_up_to_the_last_picture(tmp_path: Path) -> None:
    seen: list[int] = []
    write_samples(tmp_path, count=3, seed=1, progress=seen.append)
    assert seen == [1, 2, 3]


@pytest.mark.parametrize("count", [-1, 0, MAX_COUNT + 1])
def test_a_count_out_of_range_is_refused_and_makes_no_folder(tmp_path: Path, count: int) -> None:
    out = tmp_path / "out"
    with pytest.raises(
        ValueError, match=rf"from 1 to 100000\. Received: count={count}\. Choose a number"
    ):
        write_samples(out, count=count, seed=1)
    assert not out.exists()


def test_a_file_is_no_folder_to_write_to(tmp_path: Path) -> None:
    out = tmp_path / "taken"
    out.write_text("mine")
    with pytest.raises(ValueError, match=r"Expected a folder .*taken, which is a file\. Name"):
        write_samples(out, count=1, seed=1)
    assert out.read_text() == "mine"


def test_a_folder_that_holds_something_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(
        ValueError,
        match=r"Expected a new or empty folder .*contains notes\.txt\. Name another",
    ):
        write_samples(tmp_path, count=1, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_import_is_light() -> None:
    heavy = ("numpy", "tensorflow", "tfx", "keras", "apache_beam")
    code = f"import sys, pipeline.tools.sample; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
