"""The digest of our own code covers what a component reaches, and nothing else."""

import shutil
from pathlib import Path

import pytest

from pipeline.engines.local.caching.own_code import OwnCode, names_in

FILES = {
    "trainer/__init__.py": "",
    "trainer/leaf.py": "SIZE = 48\n",
    "trainer/by_name.py": "SIZE = 48\n",
    "trainer/apart.py": "SIZE = 48\n",
    "components/__init__.py": "",
    "components/gate/__init__.py": "from .finding import Finding\n",
    "components/gate/finding.py": "class Finding: ...\n",
    "components/gate/component.py": (
        "from trainer import leaf\n\n\ndef gate():\n    from components import page\n"
    ),
    "components/gate/templates/findings.html": "<p>",
    "components/page.py": 'NAME = "trainer.by_name:serve"\n"""See trainer.apart.SIZE."""\n',
    "README.md": "Read me.\n",
}
REACHED = {
    *("trainer", "trainer.leaf", "trainer.by_name", "components", "components.page"),
    *("components.gate", "components.gate.component", "components.gate.finding"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digest(project: Path) -> str:
    code = OwnCode(project)
    return code.digest(code.reach(["components.gate.component.Gate_Executor"]))


def test_imports_packages_and_strings_that_name_modules_are_followed(project: Path) -> None:
    assert OwnCode(project).reach(["components.gate.component.Gate_Executor"]) == REACHED
    assert OwnCode(project).reach(["tfx.components.pusher.executor.Executor", "trainer.gone"]) == {
        "trainer"
    }


@pytest.mark.parametrize(
    "name",
    [
        *("trainer/__init__.py", "trainer/leaf.py", "trainer/by_name.py", "components/page.py"),
        *("components/gate/finding.py", "components/gate/templates/findings.html"),
    ],
)
def test_one_character_in_a_file_that_is_reached_changes_the_digest(
    project: Path, name: str
) -> None:
    before = digest(project)
    assert digest(project) == before
    with (project / name).open("a") as file:
        file.write(" ")
    assert digest(project) != before


@pytest.mark.parametrize("name", ["trainer/apart.py", "README.md", "components/gate/x.pyc"])
def test_a_change_elsewhere_does_not_change_the_digest(project: Path, name: str) -> None:
    before = digest(project)
    with (project / name).open("a") as file:
        file.write(" ")
    assert digest(project) == before


def test_a_new_module_that_takes_precedence_changes_the_digest(project: Path) -> None:
    before = digest(project)
    (project / "trainer" / "leaf").mkdir()
    shutil.copy(project / "trainer" / "leaf.py", project / "trainer" / "leaf" / "__init__.py")
    assert digest(project) != before


def test_dotted_names_are_found_within_json() -> None:
    text = '{"module": "trainer.run_fn.run_fn", "class": "tfx.Trainer"} components'
    assert [*names_in(text)] == ["trainer.run_fn.run_fn"]


@pytest.mark.parametrize(
    ("entry", "module", "reached"),
    [
        ("components.utkface_statistics_gen.component", "trainer.preprocessing", False),
        ("trainer.preprocessing.preprocessing_fn", "trainer.decoding", True),
        ("components.utkface_trainer.executor.Executor", "trainer.workers.chief", True),
        ("components.utkface_example_gen.executor", "trainer.preprocessing", False),
        ("components.utkface_example_gen.executor", "components.ingest.archives.zip_archive", True),
        ("components.data_gate.component.DataGate_Executor", "components.user", True),
    ],
)
def test_the_modules_of_this_project_are_found(entry: str, module: str, reached: bool) -> None:
    assert (module in OwnCode().reach([entry])) is reached
