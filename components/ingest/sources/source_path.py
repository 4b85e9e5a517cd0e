"""A data path as a source: the folder that it begins in, and what is matched there."""

from pathlib import Path
from typing import NamedTuple

from components.ingest.archives import archive
from components.ingest.sources import files, span_paths

WHOLE_FOLDER = "*"


class Source(NamedTuple):
    """The two halves of a data path, as TFX's FileBasedExampleGen wants them.

    Attributes:
      input_base: a folder, the folder of an archive, or the one that a glob begins in.
      pattern: what is matched inside it.
      inside: of archives, the folder in them that is taken; empty if all of them is.
    """

    input_base: str
    pattern: str
    inside: str = ""


def locate(data: str) -> Source:
    """Returns the source that a data path means, of any span; nothing need be there."""
    if files.isdir(data):
        return Source(data, WHOLE_FOLDER)
    path, inside = archive.split_inside(data)
    return of_pattern(span_paths.of_any_span(path))._replace(inside=inside)


def holds(source: Source, path: Path) -> bool:
    """Returns whether a source lists a local path, or walks a folder above it.

    Args:
      source: where files are.
      path: resolved; need not be there.
    """
    base = Path(source.input_base).resolve()
    if files.is_remote(source.input_base) or not path.is_relative_to(base):
        return False
    return files.fits(path.relative_to(base).parts, source.pattern.split("/"))


def of_pattern(pattern: str) -> Source:
    """Splits a pattern where its first wildcard is, or else at its last slash.

    One that ends in `/*` is a folder taken whole.
    """
    wildcard = files.WILDCARD.search(pattern)
    cut = pattern.rfind("/", 0, wildcard.start() if wildcard else None) + 1
    above = pattern[:cut].rstrip("/") or ("/" if pattern.startswith("/") else ".")
    return Source(above, pattern[cut:])


def to_pattern(source: Source) -> str:
    """Returns one pattern for a source; `of_pattern` finds the same files by it."""
    if source.pattern == WHOLE_FOLDER:
        # What looks like a wildcard is part of the folder's name.
        return f"{files.escape(source.input_base).rstrip('/')}/{WHOLE_FOLDER}"
    return join(source)


def describe(source: Source) -> str:
    """Returns a source as a user would write it."""
    if source.pattern == WHOLE_FOLDER:
        return source.input_base
    return join(source) + (f"!/{source.inside}" if source.inside else "")


def relative_name(path: str, source: Source) -> str:
    """Returns a path that a source lists, without its base; any other path as it is."""
    return path.removeprefix(_base(source))


def _base(source: Source) -> str:
    return f"{source.input_base.rstrip('/')}/"


def join(source: Source) -> str:
    """Returns the whole pattern of a source; a folder taken whole is one that ends in `/*`."""
    return f"{_base(source)}{source.pattern}"
