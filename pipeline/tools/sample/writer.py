"""Writes a folder of sample images with UTKFace file names."""

from collections.abc import Callable
from pathlib import Path

from components.ingest.pictures.jpeg_segments import DRAWING_COMMENT
from pipeline.tools.sample.labels import draw_labels, file_name, image_random
from pipeline.tools.sample.photo import draw_image

MAX_COUNT = 100_000
_JPEG_QUALITY = 85


def write_samples(
    out: Path, *, count: int, seed: int, progress: Callable[[int], None] | None = None
) -> list[Path]:
    """Draws `count` labeled faces and writes each to a file in `out`.

    A file is a 200x200 RGB baseline JPEG, named like `names.GRAMMAR` with the labels of
    `trainer.tasks`. Its only metadata is a comment that says it is a drawing. The labels are drawn
    with roughly the imbalance of crop_part1 (see `labels`), so a small count may lack a class. The
    same count and seed give the same bytes under the same Pillow. Image i of a seed does not
    depend on the count.

    Args:
      out: a folder, absent or empty; it and its parents are created if needed.
      count: the number of images, 1..MAX_COUNT.
      seed: any integer.
      progress: called after each image with the number written so far, 1..count.

    Returns:
      The paths of the images, in the order of drawing.

    Raises:
      ValueError: if count is out of range, or `out` is not a folder or not empty.
      OSError: if a file cannot be written.
    """
    if not 1 <= count <= MAX_COUNT:
        raise ValueError(
            f"Expected a count of sample images from 1 to {MAX_COUNT}. Received: count={count}. "
            "Choose a number in that range."
        )
    _check_empty_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(count):
        rng = image_random(seed, index)
        labels = draw_labels(rng)
        path = out / file_name(labels, seed=seed, index=index)
        draw_image(labels, rng).save(
            path, format="JPEG", quality=_JPEG_QUALITY, comment=DRAWING_COMMENT
        )
        paths.append(path)
        if progress is not None:
            progress(index + 1)
    return paths


def _check_empty_folder(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise ValueError(
            f"Expected a folder for the sample images. Received: out={out}, which is a file. "
            "Name another path, or move the file away."
        )
    # Images of two runs in one folder would silently become one data set.
    existing = next(out.iterdir(), None)
    if existing is not None:
        raise ValueError(
            f"Expected a new or empty folder for the sample images. Received: out={out}, which "
            f"contains {existing.name}. Name another folder, or empty this one."
        )
