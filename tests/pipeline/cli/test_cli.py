"""The `utkface` command: exit codes, messages and loaded modules."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from pipeline.cli import SUMMARIES, main

HEAVY = ("tensorflow", "tfx", "apache_beam", "matplotlib", "keras", "numpy")


def utkface(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_help_lists_every_command() -> None:
    result = utkface("--help")
    assert result.exit_code == 0
    listed = result.output.partition("Commands:")[2]
    assert re.findall(r"^  ([a-z]+)", listed, re.MULTILINE) == [
        "compare",
        "compile",
        "export",
        "gc",
        "inspect",
        "kubeflow",
        "logs",
        "predict",
        "report",
        "retrain",
        "rollback",
        "run",
        "runs",
        "sample",
        "schedule",
        "schema",
        "worker",
    ]


@pytest.mark.parametrize("name", SUMMARIES)
def test_the_command_list_matches_each_commands_short_help(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command.name == name
    assert command.get_short_help_str(limit=200) == SUMMARIES[name]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["run", "--data", "/no/such/folder"],
        ["compare", "--help"],
        ["compare", "no-such-config", "--output", "/no/such/folder"],
        ["export", "--help"],
        ["export", "--format", "tflite", "--output", "x", "--root", "/no/such/folder"],
        ["export", "--format", "tflite", "--output", "x", "/no/such/model"],
        ["predict", "--help"],
        ["compile", "--output", "x.txt"],
        ["logs", "--root", "/no/such/folder"],
        ["sample", "--help"],
        ["schema", "--help"],
        ["schema", "diff", "/no/such/folder"],
        ["schema", "infer", "--root", "/no/such/folder"],
    ],
    ids=" ".join,
)
def test_help_and_usage_errors_load_no_heavy_library(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from pipeline.cli import SUMMARIES, main\n"
        f"CliRunner().invoke(main, {arguments})\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []


def test_sample_writes_the_requested_number_of_drawings(tmp_path: Path) -> None:
    out = tmp_path / "new" / "faces"
    result = utkface("sample", out, "--count", 3, "--seed", 5)
    assert result.exit_code == 0
    assert result.output.endswith(f"3 drawings in {out}\n")
    assert len(list(out.glob("*.jpg.chip.jpg"))) == len(list(out.iterdir())) == 3


def test_sample_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    result = utkface("sample", tmp_path, "--count", 1)
    assert result.exit_code == 2
    assert f"which contains {'mine.txt'}" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_sample_refuses_an_invalid_count(tmp_path: Path, count: str) -> None:
    result = utkface("sample", tmp_path / "out", "--count", count)
    assert result.exit_code == 2
    assert "--count" in result.output or f"Received: count={count}" in result.output
    assert not (tmp_path / "out").exists()


def test_run_on_missing_data_names_the_path_and_creates_no_files(tmp_path: Path) -> None:
    result = utkface("run", "--data", tmp_path / "faces.tar.gz", "--root", tmp_path / "root")
    assert result.exit_code == 2
    assert f"{tmp_path}/faces.tar.gz is not there" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "data: expected a value; it is not set"),
        (["--data", "/d", "--set", "trainer.epoch=3"], "trainer.epoch: there is no such setting"),
        (["--data", "/d", "--set", "trainer.epochs=0"], "trainer.epochs: "),
        (["--data", "/d", "--set", "epochs"], "--set epochs: expected key=value"),
        (["--data", "/d", "--config", "none.yaml"], "none.yaml: expected a YAML file"),
        (["--data", "/d", "--epochs", "3"], "No such option"),
    ],
)
def test_run_refuses_bad_settings(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = utkface("run", "--root", tmp_path / "root", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("arguments", [["predict"], ["sample"]])
def test_a_missing_argument_is_bad_usage(arguments: list[str]) -> None:
    result = utkface(*arguments)
    assert result.exit_code == 2
    assert "Missing argument" in result.output


@pytest.mark.parametrize("option", ["--accept-anomalies", "--accept-unfairness"])
@pytest.mark.parametrize("reason", ["", "  ", "\u200b", "...", "a\nb", "bad \udcff byte"])
def test_accept_options_require_a_readable_reason(option: str, reason: str) -> None:
    options = ["--data", ".", option, reason]
    ended = CliRunner().invoke(main, ["run", *options])
    assert ended.exit_code == 2
    assert f"{option}: expected " in ended.output


@pytest.mark.parametrize(("umask", "mode"), [(0, 0o664), (0o022, 0o644), (0o077, 0o600)])
def test_other_users_never_write_to_what_a_command_creates(
    umask: int, mode: int, tmp_path: Path
) -> None:
    subprocess.run(
        [Path(sys.executable).parent / "utkface", "sample", "faces", "--count", "1"],
        cwd=tmp_path,
        umask=umask,
        check=True,
        capture_output=True,
    )
    (picture,) = (tmp_path / "faces").iterdir()
    assert stat.S_IMODE(picture.stat().st_mode) == mode
    assert not (tmp_path / "faces").stat().st_mode & stat.S_IWOTH
