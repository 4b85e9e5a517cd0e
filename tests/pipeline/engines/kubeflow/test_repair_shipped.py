"""Wheels and editable installs contain the repair line, and build with any setuptools."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline.engines.kubeflow.tfx_cli.repair import START_LINE

ROOT = Path(__file__).parents[4]
FILES = ("setup.py", "pyproject.toml", "README.md", "LICENSE")
FOLDERS = ("pipeline", "components", "trainer", "schema")
LINE_FILE = "utkface_tfx_repair.pth"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, because a build creates folders in them."""
    copy = tmp_path_factory.mktemp("sources")
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def build(sources: Path, out: Path, kind: str, prepare: str = "") -> zipfile.ZipFile:
    """Builds a wheel as pip and uv do without isolation."""
    code = (
        f"import sys\n{prepare}\n"
        f"from setuptools import build_meta\nbuild_meta.build_{kind}({str(out)!r})"
    )
    subprocess.run([sys.executable, "-c", code], cwd=sources, capture_output=True, check=True)
    (wheel,) = out.glob("*.whl")
    return zipfile.ZipFile(wheel)


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_the_repair_line_is_where_python_reads_it(sources: Path, tmp_path: Path, kind: str) -> None:
    with build(sources, tmp_path, kind) as wheel:
        assert wheel.read(LINE_FILE).decode() == START_LINE
        (record,) = [name for name in wheel.namelist() if name.endswith("/RECORD")]
        # pip uninstalls the files in the record.
        assert f"{LINE_FILE},sha256=" in wheel.read(record).decode()
        assert ("pipeline/engines/kubeflow/tfx_cli/repair.py" in wheel.namelist()) == (
            kind == "wheel"
        )


NO_EDITABLE_WHEEL = "sys.modules['setuptools.command.editable_wheel'] = None"
NO_PRIVATE_METHOD = (
    "from setuptools.command.editable_wheel import editable_wheel as command\n"
    "command._another_name = command._run_build_commands\n"
    "old = command._create_wheel_file\n"
    "def create(self, bdist_wheel):\n"
    "    type(self)._run_build_commands = command._another_name\n"
    "    return old(self, bdist_wheel)\n"
    "command._create_wheel_file = create"
)


@pytest.mark.parametrize(
    ("kind", "prepare"), [("wheel", NO_EDITABLE_WHEEL), ("editable", NO_PRIVATE_METHOD)]
)
def test_a_setuptools_without_the_private_parts_still_builds(
    sources: Path, tmp_path: Path, kind: str, prepare: str
) -> None:
    with build(sources, tmp_path, kind, prepare) as wheel:
        assert (LINE_FILE in wheel.namelist()) == (kind == "wheel")


def test_the_source_archive_contains_the_files_of_the_build(sources: Path, tmp_path: Path) -> None:
    # The command that Beam runs for --setup_file.
    subprocess.run(
        [sys.executable, "setup.py", "-q", "sdist", "--dist-dir", str(tmp_path)],
        cwd=sources,
        capture_output=True,
        check=True,
    )
    (archive,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    out = tmp_path / "out"
    with build(unpacked, out, "wheel") as wheel:
        assert wheel.read(LINE_FILE).decode() == START_LINE
