"""A wheel built from the source archive contains every file that the packages read."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("pipeline", "components", "trainer", "schema")
DATA = ("*/templates/*.html", "*/configs/*.yaml", "schema/*.csv", "schema/*.pbtxt", "schema/*.txt")


def test_the_wheel_contains_the_data_files(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    for name in FOLDERS:
        shutil.copytree(
            ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    wanted = {
        str(path.relative_to(sources))
        for path in sources.rglob("*")
        if any(path.relative_to(sources).match(pattern) for pattern in DATA)
    }
    assert {
        "pipeline/tools/inspection/templates/inspection.html",
        "components/html/templates/base.html",
    } <= wanted
    assert "pipeline/configs/tutorial.yaml" in wanted
    archive, unpacked = tmp_path / "archive", tmp_path / "unpacked"
    build(sources, "build_sdist", archive)
    shutil.unpack_archive(next(archive.glob("*.tar.gz")), unpacked)
    build(next(unpacked.iterdir()), "build_wheel", tmp_path / "wheel")
    with zipfile.ZipFile(next((tmp_path / "wheel").glob("*.whl"))) as wheel:
        assert wanted - set(wheel.namelist()) == set()


def build(folder: Path, what: str, out: Path) -> None:
    """Builds as pip and uv do without build isolation."""
    out.mkdir()
    code = f"from setuptools import build_meta; build_meta.{what}({str(out)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=True)
