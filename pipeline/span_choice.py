"""Chooses the span to train on next."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.errors import InputError
from components.html.words import counted
from components.ingest.sources import source, span_paths
from components.ingest.sources.reading import is_side_file
from components.storage import files
from pipeline.settings.retrain import RetrainSettings


@dataclass(frozen=True)
class Choice:
    """The span to run on, with an explanation.

    Attributes:
      span: the span to run on; None if there is nothing new.
      lines: messages for the user; a single line if there is nothing new.
    """

    span: int | None
    lines: tuple[str, ...]


def choose_span(
    data: Sequence[str],
    settings: RetrainSettings,
    done: Mapping[int, str],
    *,
    run_command: str = "`utkface retrain --span {span}`",
    now: float | None = None,
) -> Choice:
    """Finds the newest complete span, unless that span or a newer span was run before.

    Args:
      data: data paths, each with a span placeholder.
      settings: the settings that define a complete span.
      done: the spans that were run before, with their outcomes.
      run_command: the command that runs a skipped span, with {span} as its placeholder.
      now: seconds since 1970; the current time by default.

    Raises:
      InputError: if a path has no span placeholder, or there are no spans.
    """
    for path in data:
        if not span_paths.has_spans(path):
            raise InputError(
                f"{path}: expected {{SPAN}}, or {{YYYY}}, {{MM}} and {{DD}}, in the data path: a "
                "retraining runs one span at a time."
            )
    now = time.time() if now is None else now
    newest_done = max(done, default=-1)
    spans = set.intersection(*({*source.list_spans(path)} for path in data))
    complete = _list_complete_spans(settings)
    lines, late, chosen = [], [], None
    for span in sorted(spans, reverse=True):
        name = f"span {span_paths.describe(data[0], span)}"
        if span in done:
            continue
        if span < newest_done or chosen is not None:
            late.append(span_paths.describe(data[0], span))
        elif problem := _find_problem(data, span, settings, complete, now):
            lines.append(f"{name} {problem}")
        else:
            chosen = span
    if late:
        lines.append(_format_late(late, run_command))
    if chosen is None:
        last = "no span was run before"
        if done:
            last = f"span {span_paths.describe(data[0], newest_done)} was run: {done[newest_done]}"
        lines = ["; ".join((f"nothing new to train on: {last}", *lines))]
    return Choice(chosen, tuple(lines))


def _format_late(late: Sequence[str], run_command: str) -> str:
    """Describes spans that came late or were skipped, newest first, and the command to run them."""
    newest, *others = late
    command = run_command.format(span=newest)
    if not others:
        return f"span {newest} arrived late or was skipped: {command} trains on it"
    return (
        f"span {newest} and {counted(len(others), 'earlier span')} arrived late or were skipped: "
        f"{command} trains on the newest of them"
    )


def _list_complete_spans(settings: RetrainSettings) -> set[int] | None:
    """Returns the spans that have a marker; None if the settings name no marker."""
    if settings.complete_when is None:
        return None
    marker = settings.complete_when
    matches = files.glob(span_paths.of_any_span(marker))
    return {*span_paths.read_spans(marker, matches)} if matches else set()


def _find_problem(
    data: Sequence[str],
    span: int,
    settings: RetrainSettings,
    complete: set[int] | None,
    now: float,
) -> str:
    """Returns why a span cannot be run yet; empty if it can."""
    if complete is not None and span not in complete:
        return f"is not complete yet: {settings.complete_when} does not exist for it"
    paths = [path for folder in data for path in _list_files(span_paths.at_span(folder, span))]
    if not paths:
        return "is empty and skipped"
    if complete is None:
        age = (now - max(_modified_time(path) for path in paths)) / 60
        if age < settings.min_age_minutes:
            return (
                f"may be incomplete: a file changed {max(0, age):.0f} minutes ago; "
                f"retrain.min_age_minutes is {settings.min_age_minutes:g}"
            )
    return ""


def _list_files(data: str) -> list[str]:
    paths = (listed.path for listed in source.list_files(source.locate(data.rstrip("/"))))
    return [path for path in paths if not is_side_file(path)]


def _modified_time(path: str) -> float:
    if files.is_remote(path):
        raise InputError(
            f"{path}: expected retrain.complete_when, a path that exists once a span is complete: "
            "the age of a file on an object store is not checked."
        )
    return Path(path).stat().st_mtime
