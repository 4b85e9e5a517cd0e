"""`make sbom` and `make licences`, with the tools that they run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lanes import only_in

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def recipe(target: str, folder: Path) -> str:
    """Returns the commands of a target, with the tools of this environment.

    A make inside make would print its folder too, among the commands.
    """
    options = ["--dry-run", "--always-make", "--no-print-directory"]
    made = subprocess.run(
        ["make", *options, target, "setup=true"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = made.stdout.replace("requirements/setup-env\n", "")
    return lines.replace(".venv/bin", str(BIN)).replace("build", str(folder))


@only_in("legacy", "the SBOMs of both lanes are made")
@pytest.mark.slow
def test_the_sbom_of_each_lane_is_valid_and_complete(tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    subprocess.run(["bash", "-ec", recipe("sbom", tmp_path)], cwd=ROOT, check=True)
    for lane in ("legacy", "current"):
        text = (tmp_path / f"sbom-{lane}.json").read_text()
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
        found = {(one["name"], one["version"]) for one in json.loads(text)["components"]}
        pins = re.findall(
            r"^([a-z0-9-]+)(?:\[.*?\])?==([^ ;]+)",
            (ROOT / f"requirements/{lane}.txt").read_text(),
            re.MULTILINE,
        )
        assert found == set(pins)
        hashes = json.loads(text)["components"][0]["externalReferences"][0]["hashes"]
        assert re.fullmatch("[0-9a-f]{64}", hashes[0]["content"])


def test_every_licence_is_known_and_permitted() -> None:
    """pip-licenses reads its settings from pyproject.toml in the current folder."""
    done = subprocess.run(
        [sys.executable, "-m", "piplicenses"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\| tfx +\| 1\.[0-9.]+ +\| Apache Software License ", done.stdout)
    forbidden = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--fail-on", "Apache"],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip
    assert forbidden.returncode == 1 and "Apache" in forbidden.stderr
