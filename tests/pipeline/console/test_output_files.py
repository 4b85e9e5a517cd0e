"""Files that are asked for by name: refused early, and never left half written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from components.errors import InputError
from components.ingest.sources.source import Source, resolve
from pipeline.console.output_files import check_outputs, write_atomically


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"new/a\.html: expected a path .*/new is not a folder\. Create"
    ):
        check_outputs([tmp_path / "new" / "a.html"], [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="is not writable"):
        check_outputs([tmp_path / "a.html"], [])


def test_one_place_for_two_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found it twice"):
        check_outputs([tmp_path / "a", tmp_path / "." / "a"], [])


@pytest.mark.parametrize(
    ("data", "output", "held"),
    [
        ("faces", "faces/a.html", True),
        ("faces", "faces/deep/a.html", True),
        ("faces", "a.html", False),
        ("faces/*.jpg", "faces/a.html", False),
        ("faces/*.jpg", "faces/a.jpg", True),
        ("faces/*", "faces/deep/a.html", True),
        ("all.tar", "all.tar", True),
        ("all.tar", "a.html", False),
    ],
)
def test_a_file_among_those_that_are_looked_at_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, output: str, held: bool
) -> None:
    (tmp_path / "faces" / "deep").mkdir(parents=True)
    (tmp_path / "faces" / "x.jpg").touch()
    subprocess.run(["tar", "cf", "all.tar", "faces/x.jpg"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    for path in (data, str(tmp_path / data)):
        if held:
            with pytest.raises(InputError, match=r"expected a path outside .*Choose another"):
                check_outputs([Path(output)], [resolve(path)])
        else:
            check_outputs([Path(output)], [resolve(path)])
    check_outputs([Path("a.html")], [Source("s3://bucket/faces", "*")])


def test_an_older_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    out.write_text("older")

    def break_off() -> None:
        with write_atomically(out) as file:
            file.write("half")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        break_off()
    assert out.read_text() == "older"
    with write_atomically(out) as file:
        file.write("new, é")
        assert out.read_text() == "older"
    assert out.read_text(encoding="utf-8") == "new, é"
    assert list(tmp_path.iterdir()) == [out]


def test_a_link_stays_one_and_others_may_read_the_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with write_atomically(tmp_path / "link") as file:
        file.write("x")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text() == "x"
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o666 & ~umask


def test_what_is_no_plain_file_is_written_to_and_not_replaced() -> None:
    program = (
        "from pathlib import Path; from pipeline.console.output_files import *\n"
        "check_outputs([Path('/dev/stdout')], [])\n"
        "with write_atomically(Path('/dev/stdout')) as file: file.write('x')"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"x"
    with write_atomically(Path("/dev/null")) as file:
        file.write("x")
    assert not Path("/dev/null").is_file()


def test_a_link_that_others_planted_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f".utkface-{os.getpid()}.part").symlink_to(victim)
    with write_atomically(tmp_path / "a.html") as file:
        file.write("page")
        # No name that could be known beforehand.
        (unfinished,) = (one for one in tmp_path.glob(".utkface-*.part") if not one.is_symlink())
        assert re.fullmatch(r"\.utkface-[0-9a-f]{16}\.part", unfinished.name)
    assert victim.read_text() == "mine"
    assert (tmp_path / "a.html").read_text() == "page"
