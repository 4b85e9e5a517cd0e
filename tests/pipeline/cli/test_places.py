"""A place that takes nothing, or gives nothing, is named in one line by every command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.tools.sample import write_samples
from tests.pipeline.small_model import save_small_model

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.is_char_device(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "inspect {faces} --set ingest.max_bad_fraction=1",
        "inspect {faces} --json --set ingest.max_bad_fraction=1",
        "predict none.jpg --root {root}",
        "predict none.jpg --root {root} --json",
        "predict none.jpg --root {root} --csv",
        "run --data {faces} --root {root}",
    ],
)
def test_a_full_standard_output_is_told_in_one_line(arguments: str, tmp_path: Path) -> None:
    write_samples(tmp_path / "faces", count=2, seed=1)
    save_small_model(tmp_path / "root" / "serving" / "1")
    words = arguments.format(faces=tmp_path / "faces", root=tmp_path / "root").split()
    with FULL.open("w") as full:
        ended = subprocess.run(
            [str(Path(sys.executable).parent / "utkface"), *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )
    kind = "Failed" if arguments.startswith("run") else "Error"
    lines = ended.stderr.splitlines()
    # What predict cannot use it says there as well.
    assert lines[-1] == (
        f"{kind}: standard output: expected a writable stream; No space left on device"
    )
    assert len(lines) == 1 and ended.returncode == 1


@pytest.mark.parametrize("command", ["run", "retrain", "inspect", "predict"])
def test_data_at_a_place_that_lists_nothing_is_refused(command: str, tmp_path: Path) -> None:
    save_small_model(tmp_path / "root" / "serving" / "1")
    place = "https://127.0.0.1:9/{SPAN}.zip" if command == "retrain" else "https://127.0.0.1:9/x"
    data = [place] if command in ("inspect", "predict") else ["--data", place]
    root = [] if command == "inspect" else ["--root", str(tmp_path / "root")]
    ended = CliRunner(env={"COLUMNS": "300"}).invoke(main, [command, *data, *root])
    assert ended.exit_code == 2
    assert f"{place}: expected a path on this machine, or on an object store" in ended.output
    assert "Traceback" not in ended.output
    assert not (tmp_path / "root" / "runs").exists()
