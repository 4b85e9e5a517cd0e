"""The page of `utkface inspect --html`: complete, safe, and equal for equal files."""

import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from components.ingest.ledger.rows import Status
from components.ingest.settings import IngestSettings
from pipeline.tools.inspection.explanations import explain
from pipeline.tools.inspection.inspect import inspect
from pipeline.tools.inspection.page import MAX_ROWS
from tests.browser import Browser

BUCKETS = {"train": 70, "eval": 10, "test": 20}
STAMP = "20170109142408{:03d}.jpg.chip.jpg"
# Names are bytes, because some are not UTF-8.
HOSTILE = [
    b"<script>alert(1)<!--.jpg",
    b"\"onmouseover='alert(1)' x=\".jpg",
    b"<img src=x onerror=alert(1)>",
    # A slash creates folders.
    b"</title></style><h1>.jpg",
    b"{{ 7*7 }}{% raw %} $x$ &lt;.jpg",
    b"two\nlines\r\x1b[31m\x7f.jpg",
    "photo\u202egpj.exe".encode(),
    b"\\u202e.jpg",
    b"\xff\xfe.jpg",
    b"a" * 251 + b".jpg",
]


class Page(HTMLParser):
    """The text and the tags of a page, as a browser reads them."""

    def __init__(self, path: Path):
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "br":
            self.text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in ("dt", "td", "th", "p", "li"):
            self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, *names: str) -> list[str]:
        return [attrs[name] for _, attrs in self.tags for name in names if name in attrs]


@pytest.fixture(scope="module")
def folder(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty good files, a file of each outcome, and hostile names."""
    data = tmp_path_factory.mktemp("data")
    good = sorted(faces.iterdir())[:42]
    for path in good[:40]:
        shutil.copy(path, data)
    first, second = (path.read_bytes() for path in good[40:])
    contents = {
        "20_0_0_" + STAMP.format(0): first,
        "20_0_0_" + STAMP.format(1): first,
        "30_1_1_" + STAMP.format(2): second,
        "36_1_1_" + STAMP.format(3): second,
        "117_0_0_" + STAMP.format(4): second,
        "61_0_0_" + STAMP.format(5): first[:-200],
        ".DS_Store": b"x",
    }
    for name, content in contents.items():
        (data / name).write_bytes(content)
    for name in HOSTILE:
        path = data / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return data


def look(out: Path, *paths: Path, **settings: object) -> Page:
    inspect(list(map(str, paths)), IngestSettings(**settings), BUCKETS, html=out)
    return Page(out)


@pytest.fixture(scope="module")
def page(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return look(tmp_path_factory.mktemp("page") / "page.html", folder)


def test_all_counts_are_shown_with_their_shares(page: Page) -> None:
    told = " ".join(page.text.split())
    assert "Listed 56 all files" in told
    assert "Accepted 41 73.2% used as they are" in told
    assert "Repaired 0 0% used after a change" in told
    assert "Quarantined 15 26.8% not used" in told
    assert "Ignored 1 files of an operating system, not listed" in told
    assert re.search(r"split into train \d+ \(.*%\), eval \d+ \(.*%\), test \d+ \(.*%\)\.", told)


def test_each_reason_is_counted_and_explained(page: Page) -> None:
    told = " ".join(page.text.split())
    counts = {
        "name-grammar": 10,
        "label-conflict": 2,
        "duplicate": 1,
        "label-out-of-range": 1,
        "truncated": 1,
    }
    for code, count in counts.items():
        assert f"{code} {count} {explain(Status.QUARANTINED, code)}" in told
    assert "No file is repaired." in told


def test_duplicates_are_described_in_words(page: Page) -> None:
    told = " ".join(page.text.split())
    assert "2 images have more than one file with the same bytes: 4 files." in told
    assert (
        "The labels of 1 such image (2 files) differ, the ages by 6.0 years on average. None of "
        "these files is used, since the correct label is unknown." in told
    )
    assert "The labels of 1 such image (2 files) are equal. One file of each is used." in told


def test_kept_duplicates_are_described_as_used(folder: Path, tmp_path: Path) -> None:
    told = " ".join(look(tmp_path / "page.html", folder, duplicates="keep").text.split())
    assert told.count("All of them are used, since ingest.duplicates is keep") == 2
    assert "None of these files is used" not in told


def test_the_verdict_matches_a_run(folder: Path, page: Page, tmp_path: Path) -> None:
    told = " ".join(page.text.split())
    assert "Stop. A run would reject these files. Expected at most 5.0% of the files" in told
    assert "of 56 listed files 41 can be used and 15 are quarantined" in told
    told = " ".join(look(tmp_path / "page.html", folder, max_bad_fraction=0.5).text.split())
    assert "Pass. A run would ingest these files. 25.0% of them are quarantined, not" in told
    assert "not counting duplicates; the limit is 50.0%." in told


def test_too_few_files_for_all_splits_are_reported(faces: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    shutil.copy(min(faces.iterdir()), tmp_path / "data")
    told = " ".join(look(tmp_path / "page.html", tmp_path / "data").text.split())
    assert (
        "Stop. A run would reject these files. Expected examples in each split; found none in"
        in told
    )


def plots_of(page: Page) -> list[dict[str, str]]:
    """Returns the attributes of the plots; a bar of a table repeats the number beside it."""
    drawn = [attrs for tag, attrs in page.tags if tag == "svg"]
    return [attrs for attrs in drawn if attrs.get("class") != "bar"]


@pytest.mark.parametrize("name", [".DS_Store", "notes.txt"])
def test_a_page_without_usable_files_has_no_plots(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).touch()
    page = look(tmp_path / "page.html", tmp_path / "data")
    assert "Stop. A run would reject these files. Expected files named [age]" in page.text
    assert not plots_of(page)


def test_no_file_name_injects_markup(page: Page) -> None:
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "image", "iframe", "object", "embed", "link", "form"}
    assert [tag for tag, _ in page.tags].count("h1") == 1
    attributes = {name for _, attrs in page.tags for name in attrs}
    assert not [name for name in attributes if name.startswith("on")]
    assert all(value.startswith("#") for value in page.values("href", "xlink:href", "src"))
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", page.source)


def test_every_name_is_shown_with_hidden_characters_escaped(page: Page) -> None:
    assert "<script>alert(1)<!--.jpg" in page.text
    assert r"two\x0alines\x0d\x1b[31m\x7f.jpg" in page.text
    assert r"photo\u202egpj.exe" in page.text
    assert r"\xff\xfe.jpg" in page.text
    assert "{{ 7*7 }}{% raw %} $x$ &lt;.jpg" in page.text
    assert "a" * 251 + ".jpg" in page.text
    assert not re.search(
        "[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]", page.source
    )
    # A backslash in a name looks different from an escaped character.
    assert "<bdi>\\u202e.jpg</bdi>" in page.source
    assert '<bdi>photo<span class="unseen">\\u202e</span>gpj.exe</bdi>' in page.source


def test_a_hostile_data_path_injects_no_markup(faces: Path, tmp_path: Path) -> None:
    data = tmp_path / "<b onclick=x>\u202e"
    data.mkdir()
    shutil.copy(min(faces.iterdir()), data)
    page = look(tmp_path / "page.html", data, faces)
    assert r"<b onclick=x>\u202e" in page.text
    assert "onclick" not in {name for _, attrs in page.tags for name in attrs}


def test_ids_are_unique_and_every_reference_resolves(page: Page) -> None:
    ids = page.values("id")
    assert ids and len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([\w-]+)', page.source)) <= set(ids)


def test_every_plot_has_a_text_description(page: Page) -> None:
    plots = plots_of(page)
    assert len(plots) == 8 and all(plot["role"] == "img" for plot in plots)
    labels = [plot["aria-label"] for plot in plots]
    assert re.match(r"Used files by gender\. male: \d+ \([\d.]+%\); female: \d+", labels[3])
    assert all(re.search(r"\d", label) for label in labels)


def without_date(page: Page) -> str:
    return re.sub(r"<time.*?</time>", "", page.source)


def test_equal_files_give_equal_pages_except_for_the_date(
    folder: Path, page: Page, tmp_path: Path
) -> None:
    again = look(tmp_path / "page.html", folder)
    assert without_date(again) == without_date(page)
    assert len(again.source.encode()) < 150_000


def test_a_long_list_shows_some_rows_of_each_reason(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for number in range(MAX_ROWS + 30):
        (tmp_path / "data" / f"{number}.txt").write_text("x")
    (tmp_path / "data" / ("20_0_0_" + STAMP.format(0))).touch()
    page = look(tmp_path / "page.html", tmp_path / "data")
    assert f"{MAX_ROWS} files are shown, some for each reason; 31 more are not" in page.text
    rows = [attrs for tag, attrs in page.tags if tag == "tr" and attrs.get("role") == "row"]
    # Plus the rows of two reasons and two headings.
    assert len(rows) == MAX_ROWS + 4
    assert page.text.index("empty-file") < page.text.index("Files that are quarantined or")
    assert "empty-file" in page.text[page.text.index("Files that are quarantined or") :]


def test_a_browser_opens_the_page_and_shows_the_text(
    folder: Path, tmp_path: Path, browser: Browser
) -> None:
    out = tmp_path / "page.html"
    look(out, folder)
    view = browser.open(out)
    assert "<h1>Inspection of 56 files</h1>" in view.html
    assert "<bdi>&lt;script&gt;alert(1)&lt;!--.jpg</bdi>" in view.html
    assert "<script" not in view.html
    assert view.html.endswith("</html>") and view.complaints == []
