"""Lists what a source holds."""

from collections.abc import Iterator

from components.ingest.archives import archive
from components.ingest.sources import files
from components.ingest.sources.reading import ListedPath
from components.ingest.sources.source_path import (
    WHOLE_FOLDER,
    Source,
    describe,
    join,
    of_pattern,
    relative_name,
)


def list_files(source: Source, *, follow_links: bool = False) -> Iterator[ListedPath]:
    """Yields each matched file and archive, in sorted order; matched folders are walked.

    Args:
      source: where they are.
      follow_links: whether to follow symbolic links that lead out of the folder that the data
        path names. It may be one itself.
    """
    walked: set[str] = set()
    for match, within in find_matches(source):
        # Below a folder that `**` matches there are others that it matches as well.
        if not walked.isdisjoint(_folders_above(match)):
            continue
        if not follow_links and match != within and files.lies_outside(match, within):
            yield _listed(match, source)._replace(outside=True)
            continue
        if not files.isdir(match):
            yield _listed(match, source)
            continue
        walked.add(match)
        for path in files.walk(match, None if follow_links else within):
            out = not follow_links and files.is_link(path) and files.lies_outside(path, within)
            yield _listed(path, source)._replace(outside=out)


def list_paths(source: Source) -> Iterator[str]:
    """Yields the paths that list_files yields."""
    return (listed.path for listed in list_files(source))


def find_matches(source: Source) -> Iterator[tuple[str, str]]:
    """Yields what a source names, and the folder or file of it that needs no wildcard."""
    pattern = join(source)
    if source.pattern == WHOLE_FOLDER:
        yield source.input_base, source.input_base
    elif files.WILDCARD.search(pattern):
        base = of_pattern(pattern).input_base
        for match in files.glob(pattern):
            yield match, match if _is_named(match, source) else base
    else:
        yield from ((match, match) for match in files.glob(pattern))


def _folders_above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _listed(path: str, source: Source) -> ListedPath:
    named = _is_named(path, source)
    name = "" if named and archive.is_archive(path) else relative_name(path, source)
    shown = path + (f"!/{source.inside}" if source.inside else "") if named else describe(source)
    return ListedPath(path, name, files.printable(shown), source.inside)


def _is_named(path: str, source: Source) -> bool:
    """Returns whether a source is this one file; its name may look like a glob."""
    return join(source) in (path, files.escape(path))
