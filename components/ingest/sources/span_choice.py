"""Chooses the span of the data paths, for both `utkface run` and `utkface inspect`."""

from collections.abc import Sequence

from components.errors import InputError
from components.ingest.sources import source, span_paths

NEWEST = -1


def choose_span(paths: Sequence[str], span: int) -> int | None:
    """Returns the requested span, or for NEWEST the newest span that all data paths have.

    Returns None if no data path has a placeholder for a span. Raises InputError if the span does
    not exist, or only some paths have a placeholder.
    """
    without = [path for path in paths if not span_paths.has_spans(path)]
    if len(without) == len(paths) and span == NEWEST:
        return None
    if without:
        others = len(without) < len(paths)
        cause = "the others have one" if others else f"span {span} was requested"
        raise InputError(f"{without[0]}: expected {{SPAN}} or a date in the path, because {cause}")
    spans_of_paths = [source.list_spans(path) for path in paths]
    common = set.intersection(*map(set, spans_of_paths))
    if span == NEWEST and common:
        return max(common)
    for path, spans in zip(paths, spans_of_paths, strict=True):
        if span not in spans:
            expected = "a span that all data paths have"
            if span != NEWEST:
                expected = f"span {span_paths.describe(path, span)}"
            listed = ", ".join(span_paths.describe(path, number) for number in spans)
            raise InputError(f"{path}: expected {expected}; found {listed}")
    return span
