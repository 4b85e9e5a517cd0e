"""The newest whole span is taken, once; what is not taken is told, with why."""

import os
from pathlib import Path

import pytest

from components.errors import InputError
from pipeline.settings.retrain import RetrainSettings
from pipeline.span_choice import Choice, choose_span

NOW = 1_800_000_000.0
ASKED = RetrainSettings()


class Spans:
    """Folders of pictures by span, each an hour and a half old unless told otherwise."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.data = f"{folder}/{{SPAN}}"
        self.marker = f"{folder}/{{SPAN}}/_SUCCESS"

    def add(self, span: int | str, *, minutes: float = 90, names: tuple[str, ...] = ("a.jpg",)):
        folder = self._folder / str(span)
        folder.mkdir()
        for name in names:
            (folder / name).touch()
            os.utime(folder / name, (NOW, NOW - 60 * minutes))

    def choose(self, done: dict[int, str] | None = None, **settings: object) -> Choice:
        asked = RetrainSettings.model_validate(settings)
        return choose_span([self.data], asked, done or {}, now=NOW)


@pytest.fixture
def spans(tmp_path: Path) -> Spans:
    return Spans(tmp_path)


def test_the_newest_is_taken_by_its_number(spans):
    for span in (2, 10, 9):
        spans.add(span)
    choice = spans.choose({2: "pushed"})
    assert choice.span == 10
    assert choice.lines == (
        "span 9 arrived late or was skipped: `utkface retrain --span 9` trains on it",
    )


def test_none_is_taken_twice(spans):
    spans.add(3)
    assert spans.choose({3: "pushed"}) == Choice(
        None, ("nothing new to train on: span 3 was run: pushed",)
    )


def test_one_older_than_what_was_run_is_not_taken_for_news(spans):
    spans.add(3)
    spans.add(4)
    assert spans.choose({4: "not blessed"}) == Choice(
        None,
        (
            "nothing new to train on: span 4 was run: not blessed; span 3 arrived late or was "
            "skipped: `utkface retrain --span 3` trains on it",
        ),
    )


def test_many_that_were_passed_over_are_one_line(spans):
    for span in range(1, 40):
        spans.add(span)
    assert spans.choose().lines == (
        "span 38 and 37 earlier spans arrived late or were skipped: `utkface retrain --span 38` "
        "trains on the newest of them",
    )


def test_one_that_is_still_coming_in_waits_and_the_one_before_it_is_taken(spans):
    spans.add(6)
    spans.add(7, minutes=12)
    choice = spans.choose()
    assert choice.span == 6
    assert choice.lines == (
        "span 7 may be incomplete: a file changed 12 minutes ago; retrain.min_age_minutes is 60",
    )
    assert spans.choose(min_age_minutes=10).span == 7


def test_the_newest_file_of_a_span_counts(spans):
    spans.add(1, names=("a.jpg", "b.jpg"))
    os.utime(Path(spans.data.format(SPAN=1), "b.jpg"), (NOW, NOW - 60))
    assert spans.choose().span is None


def test_a_marker_says_that_a_span_is_whole_whatever_its_age(spans):
    spans.add(1, minutes=0, names=("a.jpg", "_SUCCESS"))
    spans.add(2)
    choice = spans.choose(complete_when=spans.marker)
    assert choice.span == 1
    assert choice.lines == (f"span 2 is not complete yet: {spans.marker} does not exist for it",)


def test_a_marker_may_lie_beside_the_spans(spans, tmp_path):
    spans.add("1")
    (tmp_path / "markers").mkdir()
    choice = choose_span(
        [f"{tmp_path}/{{SPAN}}/*.jpg"],
        RetrainSettings(complete_when=f"{tmp_path}/markers/{{SPAN}}.done"),
        {},
    )
    assert choice.span is None
    (tmp_path / "markers" / "1.done").touch()
    choice = choose_span(
        [f"{tmp_path}/{{SPAN}}/*.jpg"],
        RetrainSettings(complete_when=f"{tmp_path}/markers/{{SPAN}}.done"),
        {},
    )
    assert choice.span == 1


@pytest.mark.parametrize("names", [(), ("_SUCCESS",), (".DS_Store", "_SUCCESS")])
def test_an_empty_span_is_passed_over(spans, names):
    spans.add(4)
    spans.add(5, names=names)
    settings = {"complete_when": spans.marker} if "_SUCCESS" in names else {}
    choice = spans.choose(**settings)
    if settings:
        assert choice.span is None  # 4 has no marker
    else:
        assert choice.span == 4
    assert "span 5 is empty and skipped" in choice.lines[0]
    assert len(choice.lines) == 1


def test_all_data_paths_must_have_it(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = Spans(tmp_path / "one"), Spans(tmp_path / "two")
    for place, span in ((one, 1), (one, 2), (two, 1)):
        place.add(span)
    assert choose_span([one.data, two.data], ASKED, {}, now=NOW).span == 1


def test_dates_are_told_as_dates(tmp_path):
    for day in ("2026-11-01", "2026-11-08"):
        (tmp_path / day).mkdir()
        (tmp_path / day / "a.jpg").touch()
        os.utime(tmp_path / day / "a.jpg", (0, 0))
    data = f"{tmp_path}/{{YYYY}}-{{MM}}-{{DD}}"
    choice = choose_span([data], ASKED, {}, now=NOW)
    assert choice.span == 20765
    assert choice.lines == (
        "span 2026-11-01 arrived late or was skipped: `utkface retrain --span 2026-11-01` "
        "trains on it",
    )
    done = {20765: "pushed", 20758: "pushed"}
    assert choose_span([data], ASKED, done, now=NOW).lines == (
        "nothing new to train on: span 2026-11-08 was run: pushed",
    )


def test_archives_are_spans_too(tmp_path):
    (tmp_path / "07.tar.gz").touch()
    os.utime(tmp_path / "07.tar.gz", (0, 0))
    assert choose_span([f"{tmp_path}/{{SPAN:2}}.tar.gz"], ASKED, {}, now=NOW).span == 7


def test_a_path_without_room_for_a_span_is_told(tmp_path):
    with pytest.raises(InputError, match=r"faces: expected \{SPAN\}, or \{YYYY\}, \{MM\}"):
        choose_span([f"{tmp_path}/faces"], ASKED, {})


def test_on_an_object_store_a_marker_is_asked_for(monkeypatch):
    from pipeline import span_choice as choice

    monkeypatch.setattr(choice.source, "list_spans", lambda _: [1])
    monkeypatch.setattr(choice, "_files", lambda path: [f"{path}/a.jpg"])
    with pytest.raises(
        InputError, match=r"^gs://b/1/a.jpg: expected retrain.complete_when, a path"
    ):
        choose_span(["gs://b/{SPAN}"], ASKED, {})


@pytest.mark.parametrize("path", ["/faces/done", "/faces/{SPAN}/{SPAN}", "/faces/{YYYY}"])
def test_a_marker_without_a_span_is_refused(path):
    with pytest.raises(ValueError, match="SPAN"):
        RetrainSettings(complete_when=path)


def test_a_month_is_a_span(tmp_path):
    for month in ("2026-09", "2026-10"):
        (tmp_path / month).mkdir()
        (tmp_path / month / "a.jpg").touch()
        os.utime(tmp_path / month / "a.jpg", (NOW, NOW - 7200))
    data = [f"{tmp_path}/{{YYYY}}-{{MM}}/**/*.jpg"]
    choice = choose_span(data, RetrainSettings(), {}, now=NOW)
    assert choice.span == 20727
    assert choice.lines == (
        "span 2026-09 arrived late or was skipped: `utkface retrain --span 2026-09` trains on it",
    )
    (line,) = choose_span(data, RetrainSettings(), {20727: "pushed"}, now=NOW).lines
    assert line.startswith("nothing new to train on: span 2026-10 was run: pushed; ")
