"""Schedules on this machine, with stand-ins for the programs of systemd and cron."""

import json
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.operations.schedule import schedulers, systemd

UTKFACE = Path(sys.executable).with_name("utkface")
MONDAYS = ("--cron", "0 3 * * 1")

_SYSTEMCTL = """\
#!/bin/sh
echo "$@" >> {folder}/calls
case "$*" in
  *UnitFileState*) if [ -e {folder}/off ]; then echo disabled; else echo enabled; fi ;;
  *NextElapse*) echo "Mon 2026-11-30 03:00:00 UTC" ;;
  *"disable --now"*) touch {folder}/off ;;
  *"enable utkface"*) rm -f {folder}/off ;;
  *refuse*) echo "Failed to connect to bus" >&2; exit 1 ;;
esac
"""
_CRONTAB = """\
#!/bin/sh
if [ "$1" = -l ]; then
  if [ ! -e {folder}/crontab ]; then echo "no crontab for ana" >&2; exit 1; fi
  cat {folder}/crontab
else
  cat > {folder}/crontab
fi
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the stand-ins, first on the PATH, and their files."""
    folder = tmp_path / "machine"
    (folder / "bin").mkdir(parents=True)
    (folder / "running").mkdir()
    for name, text in {"systemctl": _SYSTEMCTL, "crontab": _CRONTAB}.items():
        program = folder / "bin" / name
        program.write_text(text.format(folder=folder))
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(schedulers, "_SYSTEMD_RUNS", folder / "running")
    monkeypatch.setattr(systemd, "_SYSTEM_UNITS", folder / "units")
    monkeypatch.setattr(systemd.os, "geteuid", lambda: 0)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def schedule(machine: Path) -> Callable[..., Result]:
    def call(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["schedule", *map(str, arguments)])

    return call


@pytest.fixture
def with_cron(machine: Path) -> Path:
    """The crontab of a machine without systemd."""
    (machine / "running").rmdir()
    return machine / "crontab"


def test_a_timer_is_written_and_enabled(schedule, machine, tmp_path):
    (tmp_path / "s.yaml").write_text("data: 'faces/{SPAN}'\n")
    ended = schedule("create", "--config", "s.yaml", *MONDAYS, "--root", "my root")
    assert ended.exit_code == 0, ended.output
    log = tmp_path / "my root" / "retrain.log"
    assert ended.stdout.splitlines() == [
        "utkface created: At 03:00 on Monday",
        f"kept by systemd, log {log}",
    ]
    service = (machine / "units" / "utkface-utkface.service").read_text()
    assert (
        f"WorkingDirectory={tmp_path}\n"
        f'ExecStart={UTKFACE} retrain --root "{tmp_path}/my root" --config {tmp_path}/s.yaml\n'
        f"StandardOutput=append:{log}\nStandardError=inherit\n"
    ) in service
    timer = (machine / "units" / "utkface-utkface.timer").read_text()
    assert "\nOnCalendar=Mon *-*-* 03:00:00\nPersistent=true\n" in timer
    assert (machine / "calls").read_text().splitlines() == [
        "daemon-reload",
        "enable utkface-utkface.timer",
        "restart utkface-utkface.timer",
    ]
    again = schedule("create", "--config", "s.yaml", "--every", "7d")
    assert again.stdout.startswith("utkface replaced: Every 7 days\n")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
@pytest.mark.parametrize("when", [MONDAYS, ("--cron", "*/5 1 13 * fri"), ("--every", "36h")])
def test_systemd_accepts_the_units(schedule, machine, when):
    data = "/data of $HOME/50%/{SPAN}"
    ended = schedule("create", "--data", data, *when, "--set", "retrain.complete_when=/d/{SPAN}/ok")
    assert ended.exit_code == 0, ended.output
    units = sorted(map(str, (machine / "units").iterdir()))
    told = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")


def test_special_characters_are_escaped_in_a_unit(schedule, machine):
    data = "/data of $HOME/50%/{SPAN}"
    schedule("create", "--data", data, *MONDAYS)
    service = (machine / "units" / "utkface-utkface.service").read_text()
    assert '--data "/data of $$HOME/50%%/{SPAN}"' in service


def test_schedules_are_listed_disabled_and_deleted(schedule, machine):
    assert schedule("list").stdout == "no schedules\n"
    assert schedule("list", "--json").stdout == "[]\n"
    for name in ("faces", "others"):
        schedule("create", "--data", "/d/{SPAN}", *MONDAYS, "--name", name)
    listed = json.loads(schedule("list", "--json").stdout)
    assert [one.pop("runs").startswith(f"{UTKFACE} retrain") for one in listed] == [True] * 2
    assert listed == [
        {
            "name": name,
            "when": "At 03:00 on Monday",
            "enabled": True,
            "next_run": "Mon 2026-11-30 03:00:00 UTC",
        }
        for name in ("faces", "others")
    ]
    assert schedule("disable", "faces").stdout == "faces disabled\n"
    table = schedule("list").stdout
    assert re.search(r"faces +At 03:00 on Monday +Mon 2026-11-30 03:00:00 UTC +off", table)
    assert schedule("delete", "faces").stdout == "faces deleted\n"
    assert [path.name for path in sorted((machine / "units").iterdir())] == [
        "utkface-others.service",
        "utkface-others.timer",
    ]
    for verb in ("disable", "delete"):
        ended = schedule(verb, "faces")
        assert ended.exit_code == 1 and "There is no schedule 'faces'" in ended.stderr


def test_a_user_other_than_root_gets_user_timers(schedule, machine, monkeypatch, tmp_path):
    monkeypatch.setattr(systemd.os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    ended = schedule("create", "--data", "/d/{SPAN}", *MONDAYS)
    assert "`loginctl enable-linger` lets it fire at all times." in ended.stdout
    assert (tmp_path / "config" / "systemd" / "user" / "utkface-utkface.timer").is_file()
    assert (machine / "calls").read_text().splitlines()[0] == "--user daemon-reload"


def test_a_systemd_error_is_reported(schedule):
    ended = schedule("create", "--data", "/d/{SPAN}", *MONDAYS, "--name", "refuse")
    assert ended.exit_code == 1
    assert ended.stderr == (
        "Error: systemctl restart utkface-refuse.timer: Failed to connect to bus\n"
    )


def test_without_systemd_a_schedule_is_a_crontab_line(schedule, with_cron, tmp_path):
    data = "/data of 'a'/50%/{SPAN}"
    ended = schedule("create", "--data", data, *MONDAYS, "--set", "trainer.epochs=3")
    log = tmp_path / "utkface-root" / "retrain.log"
    assert ended.stdout.splitlines() == [
        "utkface created: At 03:00 on Monday",
        f"kept by cron, log {log}",
    ]
    (line,) = with_cron.read_text().splitlines()
    when, command = line[:9], line[10:]
    assert when == "0 3 * * 1"
    assert re.findall(r"(?<!\\)%", command) == []
    # The command as cron passes it to the shell.
    assert shlex.split(command.replace("\\%", "%"), comments=True) == [
        *("cd", str(tmp_path), "&&", str(UTKFACE), "retrain", "--data", data),
        *("--root", str(tmp_path / "utkface-root"), "--set", "trainer.epochs=3"),
        *(f">>{log}", "2>&1"),
    ]


def test_other_crontab_lines_are_kept(schedule, with_cron):
    others = "# mine\nMAILTO=ana\n*/5 * * * * true # utkface schedule\n"
    with_cron.write_text(others)
    schedule("create", "--data", "/d/{SPAN}", *MONDAYS)
    assert schedule("create", "--data", "/d/{SPAN}", "--cron", "0 4 * * *").stdout.startswith(
        "utkface replaced: At 04:00"
    )
    text = with_cron.read_text()
    assert text.startswith(others) and len(text.splitlines()) == 4
    (listed,) = json.loads(schedule("list", "--json").stdout)
    assert (listed["name"], listed["when"], listed["enabled"]) == (
        "utkface",
        "At 04:00 every day",
        True,
    )
    assert re.fullmatch(r"\w{3} \d{4}-\d\d-\d\d 04:00", listed["next_run"])
    for _ in range(2):
        assert schedule("disable", "utkface").exit_code == 0
    assert with_cron.read_text().splitlines()[3].startswith("#off 0 4 * * * cd ")
    (listed,) = json.loads(schedule("list", "--json").stdout)
    assert (listed["enabled"], listed["next_run"]) == (False, "")
    schedule("delete", "utkface")
    assert with_cron.read_text() == others
    assert schedule("delete", "utkface").exit_code == 1


def test_printing_changes_nothing(schedule, machine, tmp_path):
    for engine, expected in (("systemd", "[Timer]"), ("cron", "0 3 * * 1 cd ")):
        ended = schedule("create", "--data", "/d/{SPAN}", *MONDAYS, "--print", "--engine", engine)
        assert ended.exit_code == 0 and expected in ended.stdout
    assert not (machine / "units").exists() and not (machine / "crontab").exists()
    assert not (machine / "calls").exists() and not (tmp_path / "utkface-root").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--data", "/d/{SPAN}"), "expected one of --cron and --every"),
        (("--data", "/d/{SPAN}", *MONDAYS, "--every", "1d"), "expected one of --cron and --every"),
        (("--data", "/d", *MONDAYS), "expected {SPAN}, or {YYYY}, {MM} and {DD}"),
        (
            ("--data", "/d/{SPAN}", "--root", "/d/7", *MONDAYS),
            "expected data without the root in it; the root is /d/7",
        ),
        (("--data", "gs://d/{SPAN}", *MONDAYS), "expected retrain.complete_when"),
        (("--data", "/d/{SPAN}", *MONDAYS, "--set", "span=3"), "span: expected none"),
        (("--data", "/d/{SPAN}", *MONDAYS, "--set", "trainer.epochs=x"), "trainer.epochs"),
        (("--data", "/d/{SPAN}", *MONDAYS, "--name", "A B"), "--name 'A B': expected small"),
        (("--data", "/d/{SPAN}", *MONDAYS, "--parameter", "span=3"), "expected --set instead"),
        (
            ("--data", "/d/{SPAN}", *MONDAYS, "--set", "notify.webhook=https://a/b"),
            "expected it in the --config file",
        ),
        (("--data", "/d/{SPAN}", "--every", "1d", "--engine", "cron"), "a crontab knows no"),
    ],
)
def test_a_schedule_that_cannot_run_is_refused(schedule, machine, arguments, why):
    ended = schedule("create", *arguments)
    assert ended.exit_code == 2 and why in ended.stderr
    assert not (machine / "calls").exists() and not (machine / "crontab").exists()


def test_a_machine_without_systemd_and_cron_is_reported(schedule, with_cron, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = schedule("list")
    assert ended.exit_code == 1
    assert "Expected systemd or cron on this machine; neither is there." in ended.stderr


@pytest.mark.parametrize("engine", ["systemd", "cron"])
@pytest.mark.parametrize("where", ["root", "config", "set", "folder"])
def test_line_breaks_in_options_inject_no_line_into_a_schedule(
    schedule, machine, tmp_path, monkeypatch, engine, where
):
    line = "x\nExecStartPre=/bin/evil"
    options = ["--data", f"{tmp_path}/faces/{{SPAN}}", *MONDAYS, "--engine", engine, "--print"]
    if where == "root":
        options += ["--root", str(tmp_path / line)]
    elif where == "config":
        folder = tmp_path / "x\nExecStartPre=" / "bin"
        folder.mkdir(parents=True)
        (folder / "evil").touch()
        options += ["--config", str(folder / "evil")]
    elif where == "set":
        options += ["--set", f"schema_file={line}", "--set", "schema_file=x"]
    else:
        (tmp_path / "x\nExecStartPre=").mkdir()
        monkeypatch.chdir(tmp_path / "x\nExecStartPre=")
        options += ["--root", str(tmp_path / "root")]
    ended = schedule("create", *options)
    assert ended.exit_code == 2, ended.output
    assert "one line" in ended.output
    assert not any(one.startswith("ExecStartPre") for one in ended.stdout.splitlines())


def test_an_unencrypted_webhook_is_refused(schedule, tmp_path):
    (tmp_path / "s.yaml").write_text(
        f"data: '{tmp_path}/faces/{{SPAN}}'\nnotify: {{webhook: 'http://hooks.example.org/xyzzy42'}}\n"
    )
    ended = schedule("create", "--config", tmp_path / "s.yaml", *MONDAYS, "--print")
    assert ended.exit_code == 2, ended.output
    assert "expected a URL that begins with https://; found http://" in ended.output
    assert "xyzzy42" not in ended.output
