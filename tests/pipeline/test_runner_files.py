"""Runner files for the `tfx` command print only our error messages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["local_runner", "kubeflow_runner", "vertex_runner"])
def test_only_the_mistake_in_the_settings_is_printed(name: str, tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("data: /no/such/faces\ntrainer: {epochs: none}\n")
    ended = subprocess.run(
        [sys.executable, str(ROOT / "pipeline" / f"{name}.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "UTKFACE_CONFIG": str(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "trainer.epochs" in line
