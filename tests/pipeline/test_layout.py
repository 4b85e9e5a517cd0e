"""The paths under a root."""

from pathlib import Path

from pipeline.layout import RootLayout


def test_all_paths_are_under_the_root() -> None:
    layout = RootLayout(Path("/somewhere"))
    assert [layout.metadata, layout.runs] == [
        Path("/somewhere/metadata.db"),
        Path("/somewhere/runs"),
    ]
