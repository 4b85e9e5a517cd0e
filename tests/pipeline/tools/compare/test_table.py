"""The table as Markdown and on a terminal."""

import io

import pytest
from rich.console import Console

from pipeline.tools.compare.aggregation import Comparison
from pipeline.tools.compare.table import print_comparison, to_markdown


@pytest.fixture
def comparison(result) -> Comparison:
    results = {
        "tuned": {1: result(7.0), 2: result(7.5, cpu_seconds=1300.0)},
        "single": {1: result(9.125, grown=None)},
        "lost": {},
    }
    return Comparison.of(results, ["lost, seed 1"])


def test_the_markdown_has_a_row_a_config(comparison: Comparison) -> None:
    lines = to_markdown(comparison).splitlines()
    assert lines[0] == (
        "| config | seeds | age MAE | gender acc. | gender acc. 15+ | race acc. | parameters "
        "| MFLOPs | CPU s | wall s |"
    )
    assert lines[1].count("---:") == 9
    assert lines[2:5] == [
        "| tuned | 2 | 7.25 ± 0.35 | 0.820 ± 0.000 | 0.900 ± 0.000 | 0.760 ± 0.000 | 1,234,567 "
        "| 41.2 | 700 ± 849 | 60 ± 0 |",
        "| single | 1 | 9.12 | 0.820 | - | 0.760 | 1,234,567 | 41.2 | 100 | 60 |",
        "| lost | 0 | - | - | - | - | - | - | - | - |",
    ]
    assert lines[6] == (
        "On the eval split: 980 examples. Measures of gender for people of 15 and older use 700 of "
        "them. Always predicting White, the most frequent race of the train split, has an accuracy "
        "of 0.535. Means and standard deviations over the seeds. FLOPs are of one served image; a "
        "multiply-add counts as two. Without a result: lost, seed 1."
    )
    assert lines[8:] == [
        "- `tuned`: architecture: compact, epochs: 2, augmentation.method: none",
        "- `single`: architecture: compact, epochs: 2, augmentation.method: none",
        "- `lost`: no result",
    ]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (140, ["7.25 ± 0.35", "1,234,567", "700 ± 849"]),
        (80, ["±0.35", "1.23", "±849"]),
    ],
)
def test_the_terminal_shows_all_columns_however_wide(comparison, width, shown) -> None:
    console = Console(file=io.StringIO(), width=width)
    print_comparison(comparison, console)
    text = console.file.getvalue()
    assert "…" not in text
    assert [value for value in shown if value not in text] == []


@pytest.mark.parametrize("width", [80, 100, 120, 140])
def test_names_that_begin_alike_are_told_apart_and_no_digit_is_cut_off(result, width) -> None:
    found = {
        name: {1: result(7.4, cpu_seconds=67901.0), 2: result(7.6, cpu_seconds=123456.0)}
        for name in ("augmentation-strong", "augmentation-tutorial")
    }
    console = Console(file=io.StringIO(), width=width)
    print_comparison(Comparison.of(found), console)
    text = console.file.getvalue()
    assert "…" not in text
    assert text.count("95,678") == text.count("39,283") == 2
    # A name may go on in the next lines.
    column = "".join(line.split(" ")[1] for line in text.splitlines() if line.startswith(" "))
    assert "augmentation-strong" in column and "augmentation-tutorial" in column


def test_what_makes_times_incomparable_is_told(result) -> None:
    gpu = {"device": "1 GPU", "cpus": 16, "python": "3.12.1", "tensorflow": "2.21", "keras": "3.14"}
    found = {"one": {1: result(), 2: result(processes=2), 3: result(machine=gpu)}}
    text = to_markdown(Comparison.of(found))
    assert (
        "Times are not comparable, because the machines differ: "
        "1 GPU with 16 cores, Python 3.12.1, TensorFlow 2.21, Keras 3.14; CPU with 2 cores, Python "
        "3.10.13, TensorFlow 2.16.2, Keras 3.12.0."
    ) in text
    assert "whose times include several starts: one, seed 2." in text


def test_no_spread_is_spoken_of_where_there_is_none(result) -> None:
    assert "deviations" not in to_markdown(Comparison.of({"one": {1: result()}}))
