"""An incomplete pushed model is skipped for the previous version, with a warning."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from components.errors import InputError
from pipeline.root.served_versions import find_damage, served_version
from pipeline.tools.sample import write_samples
from tests.pipeline.small_model import SmallModel, save_small_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "whole"
    save_small_model(folder)
    return folder


@pytest.fixture
def root(tmp_path: Path, model: Path) -> Path:
    """A root with three complete versions."""
    for version in ("8", "9", "10"):
        shutil.copytree(model, tmp_path / "root" / "serving" / version)
    return tmp_path / "root"


def _cut(name: str, end: int) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:end])


def _flip(name: str) -> Callable[[Path], object]:
    def flip(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 255
        (folder / name).write_bytes(content)

    return flip


DATA = "variables/variables.data-00000-of-00001"
DAMAGES = {
    "an empty folder": (lambda folder: shutil.rmtree(folder) or folder.mkdir(), "copied last"),
    "no graph yet": (lambda folder: (folder / "saved_model.pb").unlink(), "it has no saved_model"),
    "half a graph": (_cut("saved_model.pb", 900), "its saved_model.pb is truncated"),
    "an empty graph": (_cut("saved_model.pb", 0), "its saved_model.pb is truncated"),
    "half the variables": (_cut(DATA, 100), "its variables cannot be read ("),
    "an empty index": (_cut("variables/variables.index", 0), "its variables cannot be read ("),
    "changed variables": (_flip(DATA), "its variables cannot be read ("),
    "no variables": (
        lambda folder: shutil.rmtree(folder / "variables"),
        "its variables cannot be read (",
    ),
}


def test_the_served_version_is_used_if_it_is_complete(root: Path) -> None:
    with served_version(root) as version:
        assert (version.folder, version.warnings) == (f"{root}/serving/10", ())
        assert version.files == root / "serving" / "10"


@pytest.mark.parametrize(("damage", "found"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_version_is_skipped_and_named(root: Path, damage, found: str) -> None:
    newest = root / "serving" / "10"
    damage(newest)
    with served_version(root) as version:
        assert version.folder == f"{root}/serving/9"
    (warning,) = version.warnings
    assert warning.startswith(f"{newest}: expected a complete model; ") and found in warning
    assert warning.endswith(
        f"Version 9 is used instead. Delete {newest}, or run `utkface run` again."
    )


def test_a_model_of_another_release_is_skipped(root: Path) -> None:
    newest = root / "serving" / "10"
    shutil.rmtree(newest)
    module = SmallModel()
    tf.saved_model.save(module, str(newest), signatures={"other": module.serve})
    assert find_damage(newest) == "it has no signature serving_bytes, so another release wrote it"
    with served_version(root) as version:
        assert version.folder == f"{root}/serving/9"


def test_without_a_complete_version_each_version_is_named(root: Path) -> None:
    for folder in (root / "serving").iterdir():
        (folder / "saved_model.pb").unlink()
    with pytest.raises(InputError) as caught, served_version(root):
        pass
    message = str(caught.value)
    assert message.startswith(f"{root}/serving: expected a complete model in one of its versions; ")
    problem = "it has no saved_model.pb, which is copied last"
    assert f"10: {problem}; 9: {problem}; 8: {problem}. Run `utkface run" in message


def test_predict_uses_the_previous_version_with_a_warning(root, utkface, tmp_path) -> None:
    write_samples(tmp_path / "faces", count=1, seed=1)
    (picture,) = (tmp_path / "faces").iterdir()
    for version in ("10", "9"):
        _cut(DATA, 100)(root / "serving" / version)
    ended = utkface("predict", picture, "--root", root)
    assert ended.returncode == 0, ended.stderr
    assert f"model {root}/serving/8\n" in ended.stdout
    lines = ended.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        f"{root}/serving/10",
        f"{root}/serving/9",
    ]
    assert all("Version 8 is used instead" in line for line in lines)

    _cut(DATA, 100)(root / "serving" / "8")
    ended = utkface("predict", picture, "--root", root)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "expected a complete model in one of its versions; found none. 10: its" in ended.stderr
