"""Names with markup or terminal control characters are shown as plain text."""

import io

import pytest
from click.testing import CliRunner
from rich.console import Console

from pipeline.cli import main
from pipeline.cli.tables import print_table
from pipeline.console.terminal import print_text
from pipeline.engines.local.launch import print_line
from pipeline.root import served_versions
from pipeline.root.run_folder import open_run
from pipeline.settings.config import load_config
from pipeline.tools.prediction import prediction
from pipeline.tools.sample import write_samples

NAMES = {
    "face [2024] [old].jpg": "face [2024] [old].jpg",
    "a[/b].jpg": "a[/b].jpg",
    "[bold red]x[/].jpg": "[bold red]x[/].jpg",
    "my:smile:.jpg": "my:smile:.jpg",
    "\x1b[31mred.jpg": r"\x1b[31mred.jpg",
    "\x1b]0;title\x07.jpg": r"\x1b]0;title\x07.jpg",
    "photo\u202egpj.exe": r"photo\u202egpj.exe",
}


def printed(console_print) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    console_print(console)
    return console.file.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_line_is_printed_as_text(name, capsys):
    assert printed(lambda console: print_text(console, f"found {name}")) == f"found {NAMES[name]}\n"
    print_line(f"Error: {name}: bad", "red")
    assert capsys.readouterr().err == f"Error: {NAMES[name]}: bad\n"


def test_line_breaks_of_a_message_are_kept():
    assert printed(lambda console: print_text(console, "one\n  two")) == "one\n  two\n"


def test_a_line_break_in_a_table_cell_is_escaped(capsys):
    print_table(("name",), [("two\nlines",), ("a[/b]",)])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert r"two\x0alines" in lines and "a[/b]" in lines


@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name])
def test_predict_shows_each_name_as_text(name, tmp_path, monkeypatch):
    (tmp_path / "root" / "serving" / "1").mkdir(parents=True)
    (tmp_path / "root" / "serving" / "1" / "saved_model.pb").touch()
    monkeypatch.setattr(served_versions, "find_damage", lambda _: "")
    monkeypatch.setattr(
        prediction, "_load", lambda _: lambda batch: [(20.0, 0.9, [1.0, 0, 0, 0, 0]) for _ in batch]
    )
    faces = write_samples(tmp_path / "faces", count=1, seed=1)
    faces[0].rename(tmp_path / name)
    result = CliRunner(env={"COLUMNS": "300"}).invoke(
        main, ["predict", str(tmp_path / name), "--root", str(tmp_path / "root")]
    )
    assert result.exit_code == 0, result.output
    assert f"{tmp_path}/{NAMES[name]}" in result.stdout


@pytest.mark.parametrize("folder", ["a:smile:b", "e\x1b7x", "a\u202eb"])
def test_a_run_prints_the_path_of_its_log_as_text(folder, tmp_path, capfd):
    root = tmp_path / folder
    with open_run(load_config(data="/faces", root=str(root))) as run:
        pass
    shown = str(run.log).replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")
    assert capfd.readouterr().out == f"run  {run.run_id}, log in {shown}\n"


@pytest.mark.parametrize("command", ["runs", "report", "schema diff", "export --format tflite"])
def test_an_error_shows_a_root_as_text(command, tmp_path):
    arguments = [*command.split(), "--root", f"{tmp_path}/\x1b[1mx[/b]"]
    if "export" in command:
        arguments += ["--output", str(tmp_path / "x")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and "\x1b" not in result.output
    assert r"\x1b[1mx[/b]" in result.output
