"""A run is refused if its disk is clearly too small for its data."""

import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

from components.errors import ResourceError
from pipeline.root.room import check_room
from pipeline.settings.config import load_config

_Usage = namedtuple("_Usage", ["total", "used", "free"])
PIXELS = 96 * 96 * 3


def needed(data: object, monkeypatch: pytest.MonkeyPatch, **settings: object) -> tuple[float, str]:
    """Returns the room that a run on a full disk is said to need, in MB, and the message."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(0, 0, 0))
    config = load_config(data=str(data), root="/nowhere/root", **settings)
    with pytest.raises(ResourceError) as caught:
        check_room(config)
    message = str(caught.value)
    found = re.match(r"/nowhere/root: expected about ([\d.]+) MB of free disk ", message)
    assert found, message
    return float(found[1]), message


def test_the_need_grows_with_the_images_and_their_size(
    faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(path.stat().st_size for path in faces.iterdir())
    need, message = needed(faces, monkeypatch)
    assert need == pytest.approx((1.2 * size + 1.7 * 0.8 * 150 * PIXELS + 30e6) / 1e6, abs=0.1)
    assert "for some 150 images of " in message and "trained at 96 x 96 pixels" in message
    assert message.endswith(
        "found 0.0 MB. Free space, e.g. with `utkface gc --root /nowhere/root --keep 1`, lower "
        "image_size, or choose another --root."
    )
    larger, _ = needed(faces, monkeypatch, image_size=192)
    assert larger - need == pytest.approx(3 * 1.7 * 0.8 * 150 * PIXELS / 1e6, abs=0.2)


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz"])
def test_images_in_an_archive_are_estimated(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = tmp_path / f"faces{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as zipped:
            for face in faces.iterdir():
                zipped.write(face, face.name)
    else:
        with tarfile.open(path, "w:gz" if suffix == ".tar.gz" else "w") as tar:
            tar.add(faces, "faces")
    need, _ = needed(path, monkeypatch)
    assert need == pytest.approx(needed(faces, monkeypatch)[0], rel=0.1)


def test_only_the_span_that_is_run_counts(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(faces, tmp_path / "7")
    data = f"{tmp_path}/{{SPAN}}"
    assert needed(data, monkeypatch, span=7)[0] == needed(faces, monkeypatch)[0]
    # Without a span, and for data elsewhere, nothing is known.
    assert needed(data, monkeypatch)[0] == needed("s3://bucket/faces", monkeypatch)[0] == 30


def test_unreadable_data_is_left_to_the_ingest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    (tmp_path / "gone.jpg").symlink_to("nowhere")
    assert needed(tmp_path, monkeypatch)[0] == 30


def test_enough_room_is_enough(faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10**9, 0, 10**9))
    check_room(load_config(data=str(faces), root="/nowhere/root"))


@pytest.mark.slow
def test_a_run_on_a_small_disk_is_refused_before_it_writes(
    faces: Path, tmp_path: Path, utkface
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this process may not mount a small disk")
    try:
        ended = utkface("run", "--data", faces, "--root", disk / "root")
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "Failed: " in ended.stderr and "found 8.4 MB. Free space, " in ended.stderr
        assert not (disk / "root").exists()
    finally:
        subprocess.run(["umount", disk], check=True)
