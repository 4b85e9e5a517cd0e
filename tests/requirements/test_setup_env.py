"""requirements/setup-env, run with stand-ins for the tools and interpreters that it tries."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ["bash", "cat", "chmod", "cp", "cut", "dirname", "env", "mkdir", "mv", "rm", "sha256sum"]
BUILT_FROM = ["pyproject.toml", "setup.py", "pipeline/engines/kubeflow/tfx_cli/repair.py"]
PYTHON = """
case "$*" in
    -E*) echo "{version}|{implementation}|{wide}|$0|{include}" ;;
    "-m venv .uv") mkdir -p .uv/bin; cp "$STUBS/pip" .uv/bin/python ;;
    "-c import sys"*) ;;
    *) exit 1 ;;
esac
"""
UV = """
echo "$*" >>"$STUBS/log"
case "$*" in
    --version) echo "uv 0.13.9" ;;
    "python install"*) {download} ;;
    venv*) mkdir -p .venv/bin; cp "$STUBS/c++" .venv/bin/python ;;
    "pip install"*) [[ ! -e $STUBS/broken ]] ;;
esac
"""


class Machine:
    """A machine with its own project tree, PATH and HOME; `stub` writes its commands."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.home, self.tree = folder / "bin", folder / "home", folder / "tree"
        for new in (self.bin, self.home, self.tree / "requirements", folder / "include"):
            new.mkdir(parents=True)
        self.include = folder / "include"
        (self.include / "Python.h").touch()
        for tool in [*TOOLS, "sort", "tail"]:
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        for name in ("setup-env", "uv.txt"):
            shutil.copy(ROOT / "requirements" / name, self.tree / "requirements" / name)
        for lane in ("legacy", "current", "legacy-gpu"):
            (self.tree / f"requirements/{lane}.txt").write_text(f"{lane}\n")
        for lane in ("legacy", "current"):
            (self.tree / f"requirements/{lane}-test.txt").write_text(f"{lane} tests\n")
        for name in BUILT_FROM:
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).touch()
        self.glibc("2.36")
        self.system("Linux", "x86_64")
        self.stub("c++")
        self.uv()

    def stub(self, name: str | Path, script: str = "") -> Path:
        path = self.bin / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/usr/bin/env bash\n{script}\n")
        path.chmod(0o755)
        return path

    def system(self, name: str, hardware: str) -> None:
        words = {"-s": name, "-m": hardware, "-sm": f"{name} {hardware}"}
        cases = "".join(f"{option}) echo {word} ;; " for option, word in words.items())
        self.stub("uname", f"case $1 in {cases} esac")

    def glibc(self, version: str) -> None:
        self.stub("getconf", f"echo glibc {version}")

    def python(self, version: str, path: str | Path = "", **facts: object) -> Path:
        facts = {"implementation": "CPython", "wide": True, "include": self.include} | facts
        return self.stub(path or f"python{version}", PYTHON.format(version=version, **facts))

    def uv(self, download: str = "exit 1") -> None:
        self.stub("uv", UV.format(download=download))

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.tree / "requirements/setup-env", *arguments],
            env={"PATH": str(self.bin), "HOME": str(self.home), "STUBS": str(self.bin)} | variables,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def choice(self, **variables: str) -> dict[str, str]:
        done = self.run("--print-choice", **variables)
        assert done.returncode == 0, done.stderr
        return dict(line.split("=", 1) for line in done.stdout.splitlines())

    def refusal(self, *arguments: str, **variables: str) -> str:
        """Runs setup-env, asserts that it refuses before creating .venv; returns its message."""
        done = self.run(*arguments, **variables)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(r"setup: [^\n]+\.\n", done.stderr), done.stderr
        assert not (self.tree / ".venv").exists()
        return done.stderr

    def installs(self) -> int:
        """Returns the number of complete installs in uv's log."""
        log = self.bin / "log"
        return log.read_text().count("--editable") if log.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("glibc", "present", "lane", "chosen"),
    [
        ("2.36", ["3.10"], "legacy", "3.10"),
        ("2.36", ["3.9", "3.10", "3.12"], "legacy", "3.10"),
        ("2.39", ["3.12"], "current", "3.12"),
        ("2.41", ["3.10", "3.11", "3.13"], "current", "3.13"),
        ("2.39", ["3.11", "3.14"], "current", "3.11"),
        ("2.39", ["3.10"], "legacy", "3.10"),
    ],
)
def test_the_lane_follows_glibc_and_the_available_interpreters(
    machine: Machine, glibc: str, present: list[str], lane: str, chosen: str
) -> None:
    machine.glibc(glibc)
    for version in present:
        machine.python(version)
    assert machine.choice() == {
        "lane": lane,
        "python": str(machine.bin / f"python{chosen}"),
        "lock": f"requirements/{lane}.txt",
    }


@pytest.mark.parametrize("pyenv_on_path", [True, False])
def test_a_pyenv_shim_that_exits_127_is_skipped(machine: Machine, pyenv_on_path: bool) -> None:
    machine.stub("python3.10", "echo 'pyenv: python3.10: command not found' >&2; exit 127")
    root = machine.home / (".elsewhere" if pyenv_on_path else ".pyenv")
    if pyenv_on_path:
        machine.stub("pyenv", f"[[ $1 == root ]] && echo {root}")
    expected = machine.python("3.10", root / "versions/3.10.13/bin/python")
    assert machine.choice()["python"] == str(expected)
    assert "does not run (pyenv: python3.10: command not found)" in machine.refusal(
        PYTHON="python3.10"
    )


def test_python3_is_tried_and_an_interpreter_with_headers_preferred(machine: Machine) -> None:
    expected = machine.python("3.10", "python3")
    assert machine.choice()["python"] == str(expected)
    machine.python("3.10", include="/nowhere")
    assert machine.choice()["python"] == str(expected)


def test_the_python_variable_overrides_the_choice(machine: Machine) -> None:
    machine.glibc("2.39")
    machine.python("3.12")
    named = machine.python("3.10", machine.home / "mine/python")
    assert "PYTHON=mine does not exist" in machine.refusal(PYTHON="mine")
    assert machine.choice(PYTHON=str(named)) == {
        "lane": "legacy",
        "python": str(named),
        "lock": "requirements/legacy.txt",
    }


def test_a_real_interpreter_is_accepted(machine: Machine) -> None:
    machine.glibc("2.39")
    choice = machine.choice(PYTHON=sys.executable)
    assert choice["python"] == os.path.realpath(sys.executable)
    assert choice["lane"] == ("legacy" if sys.version_info < (3, 11) else "current")


@pytest.mark.parametrize(
    ("version", "facts", "reason"),
    [
        ("3.9", {}, "is Python 3.9; Python 3.10 is needed"),
        ("3.12", {}, "is Python 3.12, whose tfx 1.21 needs glibc 2.39"),
        ("3.10", {"implementation": "PyPy"}, "is not a 64-bit CPython (it is PyPy)"),
        ("3.10", {"wide": False}, "is not a 64-bit CPython"),
    ],
)
def test_an_unsuitable_python_variable_is_refused_with_the_reason(
    machine: Machine, version: str, facts: dict[str, object], reason: str
) -> None:
    machine.python("3.10")  # a suitable interpreter does not replace the named one
    named = machine.python(version, "named", **facts)
    for arguments in ([], ["--print-choice"]):
        assert f"PYTHON={named} {reason}" in machine.refusal(*arguments, PYTHON=str(named))


def test_python_is_downloaded_if_none_is_suitable(machine: Machine) -> None:
    store = "$UV_PYTHON_INSTALL_DIR/cpython-3.10.20-linux/bin"
    machine.uv(download=f"[[ $3 == 3.10 ]] && mkdir -p {store} && cp $STUBS/new {store}/python3")
    machine.python("3.10", "new")
    expected = machine.tree / ".uv/python/cpython-3.10.20-linux/bin/python3"
    assert machine.choice()["python"] == str(expected)


@pytest.mark.parametrize("glibc", ["2.36", "2.39"])
def test_without_a_suitable_python_the_error_says_what_to_install(
    machine: Machine, glibc: str
) -> None:
    machine.glibc(glibc)
    machine.python("3.9")
    machine.python("3.9", "python3")
    assert "install" in machine.refusal()
    assert "PYTHON=/path/to/python" in machine.refusal()


@pytest.mark.parametrize(
    ("system", "hardware", "getconf"),
    [
        ("Darwin", "arm64", "exit 1"),
        ("Linux", "aarch64", "echo glibc 2.39"),
        ("Linux", "x86_64", "exit 1"),
        ("Linux", "x86_64", "echo glibc 2.17"),
    ],
)
def test_an_unsupported_platform_is_refused_with_the_requirements(
    machine: Machine, system: str, hardware: str, getconf: str
) -> None:
    machine.system(system, hardware)
    machine.stub("getconf", getconf)
    machine.python("3.10")
    sentence = machine.refusal()
    assert "expected x86-64 Linux with glibc 2.28 or later" in sentence
    assert f"{system} {hardware}" in sentence


def test_missing_compiler_and_headers_are_reported_together_and_first(machine: Machine) -> None:
    (machine.bin / "c++").unlink()
    python = machine.python("3.10", include="/nowhere")
    sentence = machine.refusal()
    assert f"a C++ compiler and the headers of {python}" in sentence
    assert "apt-get install g++ python3.10-dev" in sentence
    assert not (machine.bin / "log").exists()
    machine.stub("c++", "exit 1")  # present, but fails to compile
    assert "a C++ compiler" in machine.refusal()
    machine.stub("clang++")
    assert "a C++ compiler" not in machine.refusal()


def test_installs_check_hashes_and_builds_are_pinned(machine: Machine) -> None:
    machine.python("3.10")
    assert machine.run().returncode == 0
    log = (machine.bin / "log").read_text()
    lock, tests = "requirements/legacy.txt", "requirements/legacy-test.txt"
    assert f"--no-deps --require-hashes --build-constraint {lock} -r {lock} -r {tests}" in log
    assert "--no-deps --no-build-isolation --editable ." in log


@pytest.mark.parametrize("present", [None, "exit 127", "echo uv 0.4.30"])
def test_uv_is_installed_with_hashes_if_none_is_suitable(
    machine: Machine, present: str | None
) -> None:
    (machine.bin / "uv").rename(machine.bin / "real-uv")
    if present:
        machine.stub("uv", present)
    machine.python("3.10")
    machine.stub("pip", 'echo "$*" >"$STUBS/pip.log"; cp "$STUBS/real-uv" .uv/bin/uv')
    assert machine.run().returncode == 0
    pip = (machine.bin / "pip.log").read_text()
    assert pip == "-m pip install --quiet --require-hashes -r requirements/uv.txt\n"
    assert machine.installs() == 1


def test_a_finished_setup_is_skipped_until_its_inputs_change(
    machine: Machine,
) -> None:
    machine.python("3.10")
    other = str(machine.python("3.10", "another"))
    lock, tests = (machine.tree / f"requirements/{name}.txt" for name in ("legacy", "legacy-test"))
    assert machine.run().returncode == 0
    again = machine.run()
    assert (again.returncode, machine.installs()) == (0, 1)
    assert "up to date (legacy lane" in again.stdout

    for count, (change, variables) in enumerate(
        [
            (lambda: lock.write_text("changed\n"), {}),
            (lambda: tests.write_text("changed\n"), {}),
            *(
                (lambda name=name: (machine.tree / name).write_text("changed\n"), {})
                for name in BUILT_FROM
            ),
            (lambda: None, {"PYTHON": other}),
            (lambda: None, {"PYTHON": other, "EXTRAS": "gpu"}),
            (lambda: (machine.tree / ".venv/bin/python").unlink(), {}),
        ],
        start=2,
    ):
        change()
        for _ in range(2):
            assert machine.run(**variables).returncode == 0
            assert machine.installs() == count
    assert "-r requirements/legacy-gpu.txt" in (machine.bin / "log").read_text().splitlines()[-2]


def test_earlier_choices_are_kept_unless_overridden(machine: Machine) -> None:
    machine.glibc("2.39")
    machine.python("3.12")
    machine.python("3.10")
    assert machine.run(PYTHON="python3.10", EXTRAS="gpu").returncode == 0
    assert "up to date (legacy lane" in machine.run().stdout
    machine.run(EXTRAS="")
    assert machine.installs() == 2


def test_an_interrupted_setup_is_repeated(machine: Machine) -> None:
    machine.python("3.10")
    assert machine.run().returncode == 0
    (machine.tree / "requirements/legacy.txt").write_text("changed\n")
    (machine.bin / "broken").touch()
    for _ in range(2):
        assert machine.run().returncode != 0
        assert not (machine.tree / ".venv/setup-stamp").exists()
    (machine.bin / "broken").unlink()
    assert machine.run().returncode == 0
    assert machine.installs() == 2
