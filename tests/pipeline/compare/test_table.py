"""The table as Markdown and on a terminal."""

import io

import pytest
from rich.console import Console

from pipeline.compare.aggregation import Comparison
from pipeline.compare.table import print_comparison, to_markdown


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
        "| MFLOPs | CPU s | clock s |"
    )
    assert lines[1].count("---:") == 9
    assert lines[2:5] == [
        "| tuned | 2 | 7.25 ± 0.35 | 0.820 ± 0.000 | 0.900 ± 0.000 | 0.760 ± 0.000 | 1,234,567 "
        "| 41.2 | 700 ± 849 | 60 ± 0 |",
        "| single | 1 | 9.12 | 0.820 | - | 0.760 | 1,234,567 | 41.2 | 100 | 60 |",
        "| lost | 0 | - | - | - | - | - | - | - | - |",
    ]
    assert lines[6] == (
        "On the eval split: 980 examples, 700 of them of 15 years and older. Always answering "
        "White, the commonest race of the train split, is right for 0.535. Means and standard "
        "deviations over the seeds. Ages in years; FLOPs of one image as it is served, two for a "
        "multiplication and its addition. Without a result: lost, seed 1."
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


def test_no_spread_is_spoken_of_where_there_is_none(result) -> None:
    assert "deviations" not in to_markdown(Comparison.of({"one": {1: result()}}))
