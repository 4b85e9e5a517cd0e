"""The documentation agrees with the code: settings, commands, files, links, messages, codes."""

import ast
import functools
import importlib
import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from components.ingest.rejection import RejectedFile
from pipeline.cli import SUMMARIES, main
from pipeline.console.exit_codes import ExitCode
from pipeline.settings.config import load_config
from tests.guides import read_changes

ROOT = Path(__file__).parents[1]
# Links are checked on every page, commands on all but the pages in benchmarks/.
LINKED = ("*.md", "docs/*.md", "*/README.md", "benchmarks/*.md")
PAGES = sorted(
    path
    for path in {path for pattern in LINKED for path in ROOT.glob(pattern)}
    if not path.parent.name.startswith(".")
)
COMMANDED = [path for path in PAGES if path.parent.name != "benchmarks"]
SHELL = ("sh", "console")
LANGUAGES = (*SHELL, "yaml", "python", "diff", "text", "mermaid")
# The first line of a block that no test could run.
MARKS = ("# needs a cluster", "# needs a GPU", "# needs Docker")
# Programs of which only the named files are checked.
PLAIN = {"cp", "echo", "export", "go", "java", "mvn", "pip", "prism", "sudo", "tail"}
README_LINES = 180
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_WITH_SETTINGS = ("run", "retrain", "inspect", "predict")


class Command(NamedTuple):
    """A command on a page."""

    page: Path
    block: str
    words: tuple[str, ...]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def inline(page: Path) -> Iterator[Token]:
    for token in tokens(page):
        yield from token.children or ()


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Yields the language and the text of each code block."""
    for token in tokens(page):
        if token.type in ("fence", "code_block"):
            yield token.info, token.content


def lines_of(language: str, text: str) -> Iterator[str]:
    """Yields the commands of a block, one per line, without the output in console blocks."""
    for line in text.replace("\\\n", " ").splitlines():
        if language == "console":
            if line.startswith("$ "):
                yield line.removeprefix("$ ")
        elif line.strip() and not line.startswith("#"):
            yield line


def read_commands() -> Iterator[Command]:
    for page in COMMANDED:
        for language, text in blocks(page):
            if language not in SHELL:
                continue
            for line in lines_of(language, text):
                lexer = shlex.shlex(line, posix=True, punctuation_chars=";|")
                lexer.whitespace_split = True
                words: list[str] = []
                for word in [*lexer, ";"]:
                    if set(word) <= {";", "|"}:
                        if words:
                            yield Command(page, text, tuple(words))
                        words = []
                    elif words or not _ASSIGNMENT.match(word):
                        words.append(word)


COMMANDS = list(read_commands())


def of_program(*programs: str) -> list[object]:
    """Returns the distinct commands of the given programs, as parameters of a test."""
    found = {one.words: one for one in COMMANDS if Path(one.words[0]).name in programs}
    return [
        pytest.param(one, id=f"{relative(one.page)}: {' '.join(words)}"[:90])
        for words, one in found.items()
    ]


def parse(
    group: click.Command, words: list[str], *, in_part: bool = False
) -> tuple[str, click.Context]:
    """Parses a command line as click would run it.

    Args:
      group: the group of all commands.
      words: the words of the command line, without the program.
      in_part: whether arguments and required options may be missing.

    Raises:
      click.UsageError: if a command or an option does not exist, or an argument is missing.
    """
    context, path = click.Context(group), []
    while isinstance(group, click.Group) and (words or not in_part):
        name, command, words = group.resolve_command(context, words)
        assert command is not None
        path.append(str(name))
        group, context = command, click.Context(command, info_name=name, parent=context)
    if not isinstance(group, click.Group):
        name = path[-1]
        context = group.make_context(name, words, parent=context.parent, resilient_parsing=in_part)
    return " ".join(path), context


class TestSettings:
    def test_the_settings_page_is_current(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(str(ROOT / "docs"))
        page = importlib.import_module("write_settings").write_page()
        assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == page, "run `make docs`"

    def test_the_yaml_block_lists_all_settings_with_their_defaults(self, tmp_path: Path) -> None:
        ((_, text),) = [one for one in blocks(ROOT / "docs/settings.md") if one[0] == "yaml"]
        path = tmp_path / "settings.yaml"
        path.write_text(text, encoding="utf-8")
        # These paths are relative on the page.
        paths = {"schema_file": True, "ingest": {"corrections_file", "takedowns_file"}}
        default = load_config(data="crop_part1.tar.gz")
        assert load_config(str(path)).model_dump(exclude=paths) == default.model_dump(exclude=paths)
        assert yaml.safe_load(text).keys() == type(default).model_fields.keys()

    @pytest.mark.parametrize("page", COMMANDED, ids=relative)
    def test_settings_shown_on_a_page_are_valid(self, page: Path, tmp_path: Path) -> None:
        for language, text in blocks(page):
            if language != "yaml" or "age_far" in text:  # a measure that the guide adds
                continue
            document = yaml.safe_load(text)
            if not document.keys() & set(load_config(data="x").model_dump()):
                document = {"kubeflow": document}
            path = tmp_path / "settings.yaml"
            path.write_text(yaml.safe_dump(document), encoding="utf-8")
            load_config(str(path), **({} if "data" in document else {"data": "/data"}))


class TestCommands:
    @pytest.mark.parametrize("page", COMMANDED, ids=relative)
    def test_every_code_block_names_its_language(self, page: Path) -> None:
        assert {language for language, _ in blocks(page)} <= set(LANGUAGES)

    def test_pages_use_only_known_programs(self) -> None:
        programs = {one.words[0] for one in COMMANDS}
        known = {"utkface", "make", "tfx", "python", "docker", "kubectl", ".ci/run"}
        assert programs <= known | PLAIN

    @pytest.mark.parametrize("command", of_program("utkface"))
    def test_utkface_parses_the_command(self, command: Command) -> None:
        name, context = parse(main, list(command.words[1:]))
        overrides = context.params.get("overrides", ())
        if name in _WITH_SETTINGS:
            load_config(overrides=overrides, data="faces")

    @pytest.mark.parametrize("page", COMMANDED, ids=relative)
    def test_commands_named_in_the_text_exist(self, page: Path) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for token in inline(page):
            words = token.content.split() if token.type == "code_inline" else []
            if words[:1] == ["utkface"]:
                parse(main, shlex.split(token.content)[1:], in_part=True)
            elif words[:1] == ["make"] and len(words) > 1:
                assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), token.content

    @pytest.mark.slow
    @pytest.mark.parametrize("command", of_program("tfx"))
    def test_tfx_parses_the_command(self, command: Command) -> None:
        from tfx.tools.cli.cli_main import cli_group

        parse(cli_group, list(command.words[1:]))

    @pytest.mark.parametrize("command", of_program("make"))
    def test_make_targets_and_variables_exist(self, command: Command) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = [word for word in command.words[1:] if not _ASSIGNMENT.match(word)]
        variables = [word.partition("=")[0] for word in command.words[1:] if "=" in word]
        assert targets
        assert set(targets) <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
        for variable in variables:
            assert re.search(rf"\b{variable}=|\$\({variable}\)", makefile), variable

    @pytest.mark.parametrize("command", of_program("python"))
    def test_script_options_exist(self, command: Command) -> None:
        path = ROOT / command.words[1]
        if command.words[1] == "-m":
            path = Path(importlib.util.find_spec(command.words[2]).origin)
        script = path.read_text(encoding="utf-8").replace("'", '"')
        options = [word.partition("=")[0] for word in command.words if word.startswith("--")]
        assert [option for option in options if f'"{option}"' not in script] == []

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda one: " ".join(one.words)[:60])
    def test_project_files_named_in_a_command_exist(self, command: Command) -> None:
        for word in command.words[1:]:
            path = word.rpartition("$PWD/")[2].rpartition("=")[2]
            if is_of_the_project(path):
                assert list(ROOT.glob(path)), path

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda one: " ".join(one.words)[:60])
    def test_blocks_that_need_a_cluster_gpu_or_docker_are_marked(self, command: Command) -> None:
        if command.words[0] != "export":
            assert command.block.startswith(MARKS) == needs_more(command.words)


def needs_more(words: tuple[str, ...]) -> bool:
    """Returns whether a command needs a cluster, a GPU or Docker."""
    if words[0] in ("kubectl", "docker") or "benchmarks/accelerator.py" in words:
        return True
    engines = [after for before, after in itertools.pairwise(words) if before == "--engine"]
    return words[1:2] == ("kubeflow",) or (engines == ["kubeflow"] and words[1] != "compile")


def is_of_the_project(path: str) -> bool:
    """Returns whether a path is a file of the project rather than a file of the reader."""
    first, slash, _ = path.partition("/")
    return bool(slash) and first in top_level() and not re.search(r"[A-Z{]{3}|\.\.\.", path)


@functools.cache
def top_level() -> set[str]:
    return {path.name for path in ROOT.iterdir() if path.is_dir()} - {"demo", "utkface-root"}


def anchors(page: Path) -> set[str]:
    """Returns the anchors that GitHub generates for the headings of a page."""
    found: set[str] = set()
    content = iter(tokens(page))
    for token in content:
        if token.type == "heading_open":
            text = "".join(child.content for child in next(content).children or ())
            slug = re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-")
            count = 0
            while (name := f"{slug}-{count}" if count else slug) in found:
                count += 1
            found.add(name)
    return found


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=relative)
    def test_every_link_resolves(self, page: Path) -> None:
        for token in inline(page):
            target = str(token.attrs.get("href") or token.attrs.get("src") or "")
            if not target or re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), target
            if anchor:
                assert anchor in anchors(file), target

    @pytest.mark.parametrize("page", COMMANDED, ids=relative)
    def test_project_files_named_on_a_page_exist(self, page: Path) -> None:
        if page.name == "CHANGELOG.md":  # it names files of earlier versions
            return
        named = {token.content for token in inline(page) if token.type == "code_inline"}
        files = {name for name in named if is_of_the_project(name) and " " not in name}
        assert [name for name in sorted(files) if not list(ROOT.glob(name.rstrip("/")))] == []

    def test_every_page_is_reachable_from_the_readme(self) -> None:
        seen, left = set(), [ROOT / "README.md"]
        while left:
            page = left.pop()
            if page in seen:
                continue
            seen.add(page)
            links = [str(token.attrs.get("href", "")) for token in inline(page)]
            paths = [(page.parent / link.partition("#")[0]).resolve() for link in links if link]
            left += [path for path in paths if path.suffix == ".md" and path.is_file()]
        assert [relative(page) for page in PAGES if page not in seen] == []


def table(page: str, heading: str) -> list[list[str]]:
    """Returns the cells of the first table under a heading."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = text.partition(f"\n## {heading}\n")[2].partition("\n|")[2].partition("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()[2:]
    ]


@functools.cache
def strings_of_the_code() -> list[str]:
    """Returns every string in the packages; NUL stands for the fields of an f-string."""
    found = []
    for package in ("components", "pipeline", "trainer"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = [getattr(part, "value", None) for part in node.values]
                    found.append("".join(p if isinstance(p, str) else "\0" for p in parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return found


def quoted_messages() -> list[str]:
    """Returns the messages in the first column of the message tables in troubleshooting.md."""
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    found: list[str] = []
    for part in re.findall(
        r"^\| (?:message|finding) \|.*\n\|.*\n((?:\|.*\n)+)", text, re.MULTILINE
    ):
        for line in part.splitlines():
            found += re.findall(r"`([^`]+)`", line.split(" | ")[0])
    return found


class TestTroubleshooting:
    def test_every_exit_code_has_a_row(self) -> None:
        listed = [int(row[0]) for row in table("docs/troubleshooting.md", "Exit codes")]
        assert sorted(listed) == sorted(ExitCode)

    def test_every_quarantine_reason_has_a_row(self) -> None:
        rows = table("docs/troubleshooting.md", "Quarantine reasons")
        assert [row[0].strip("`") for row in rows] == list(RejectedFile.REASONS)
        assert all(all(row) for row in rows)

    @pytest.mark.parametrize("message", quoted_messages())
    def test_quoted_messages_are_in_the_code(self, message: str) -> None:
        # "Out-of-range values" is a message of TFDV.
        if message == "Out-of-range values":
            return
        for fragment in message.split("..."):
            fragment = fragment.strip(" ,.;")
            assert any(fragment in text for text in strings_of_the_code()), fragment


class TestReliability:
    @pytest.mark.parametrize(
        "row", table("docs/reliability.md", "Promises"), ids=lambda row: row[0][:60]
    )
    def test_every_promise_names_files_with_tests(self, row: list[str]) -> None:
        promise, shown_by = row
        files = re.findall("`([^`]+)`", shown_by)
        assert promise and ", ".join(f"`{file}`" for file in files) == shown_by != ""
        for file in files:
            assert re.fullmatch(r"tests/(\w+/)*test_\w+\.py", file)
            functions = ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
            named = [each.name for each in functions if isinstance(each, ast.FunctionDef)]
            assert any(name.startswith("test_") for name in named), file


class TestForm:
    def test_the_readme_is_short(self) -> None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        assert len(text.splitlines()) <= README_LINES
        assert text.count("![") == 3

    def test_every_command_is_in_the_readme(self) -> None:
        listed = [row[0].strip("`") for row in table("README.md", "Commands")]
        assert sorted(listed) == sorted(f"utkface {name}" for name in SUMMARIES)


@pytest.mark.parametrize("guide", sorted(path.name for path in ROOT.glob("docs/adding-*.md")))
def test_lines_replaced_by_a_guide_are_in_the_code(guide: str) -> None:
    changes = read_changes(guide)
    assert changes
    for path, before, _ in changes:
        assert "\n".join(before) + "\n" in (ROOT / path).read_text(encoding="utf-8"), path
