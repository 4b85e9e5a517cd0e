"""Refuses a run whose disk is clearly too small for its data, before anything is written."""

import os
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from components.errors import InputError, ResourceError
from components.ingest.archives import archive
from components.ingest.archives.limits import ArchiveLimits
from components.ingest.sources import span_paths
from components.storage import files
from pipeline.settings.config import PipelineConfig
from trainer.features import CHANNELS

# Shares of sizes, from docs/scaling.md: examples and predictions, of the data; transformed
# examples, compressed, of the pixels. A training also decodes all of its examples to the disk.
_EXAMPLES, _TRANSFORMED, _DECODED = 1.2, 0.7, 1.0
# A model and its training state.
_MODEL_BYTES = 30e6
# Members of an archive whose average size stands for all.
_SAMPLED = 200


def check_room(config: PipelineConfig) -> None:
    """Estimates the room that a run needs from its local data; counts no other data.

    Raises:
      ResourceError: if the disk of the root has less; the message says what to do.
    """
    images, size = 0.0, 0
    for path in config.data:
        if config.span is not None:
            path = span_paths.at_span(path, config.span)
        if not files.is_remote(path) and not span_paths.has_spans(path):
            found, taken = _count(path, config.ingest.archives)
            images, size = images + found, size + taken
    splits = config.splits
    fitted = (splits.train + splits.eval) / (splits.train + splits.eval + splits.test)
    pixels = images * fitted * config.image_size**2 * CHANNELS
    need = _EXAMPLES * size + (_TRANSFORMED + _DECODED) * pixels + _MODEL_BYTES
    free = shutil.disk_usage(_existing(Path(config.root))).free
    if free < need:
        raise ResourceError(
            f"{config.root}: expected about {_format(need)} of free disk for some {images:,.0f} "
            f"images of {_format(size)}, trained at {config.image_size} x {config.image_size} "
            f"pixels; found {_format(free)}. Free space, e.g. with `utkface gc --root "
            f"{config.root} --keep 1`, lower image_size, or choose another --root."
        )


def _count(path: str, limits: ArchiveLimits) -> tuple[float, int]:
    """Returns the number and the bytes of the images at a data path; of archives, estimates."""
    outside, _ = archive.split_inside(path)
    pattern = files.escape(outside) if files.is_local_file(outside) else outside
    images, size = 0.0, 0
    for match in files.glob(pattern):
        for found, taken in _files(match):
            average = _average_member(found, limits) if archive.is_archive(found) else taken
            images += taken / average if average else 0
            size += taken
    return images, size


def _files(path: str) -> Iterator[tuple[str, int]]:
    """Yields the files at a path with their sizes; those that are gone or unreadable, without."""
    if not files.isdir(path):
        yield path, _size(path)
        return
    for folder, _, names in os.walk(path):
        yield from ((found, _size(found)) for found in (f"{folder}/{name}" for name in names))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _average_member(path: str, limits: ArchiveLimits) -> float:
    """Returns the average size of the first members of an archive; 0 if it cannot be read."""
    try:
        with files.open(path) as file:
            members = islice(archive.read_members(path, file, limits), _SAMPLED)
            sizes = [len(member.data) for member in members if member.data]
    except (InputError, OSError):  # the ingest reports it
        return 0
    return sum(sizes) / len(sizes) if sizes else 0


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _format(size: float) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
