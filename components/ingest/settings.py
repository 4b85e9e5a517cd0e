"""Settings of the ingest."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.labels.settings import LabelSettings
from components.ingest.pictures.pictures import ImageLimits
from trainer.settings.base import Settings

_SCHEMA = Path(__file__).parents[2] / "schema"


class IngestSettings(Settings):
    """Which files become examples, and how many bad files a run tolerates.

    Attributes:
      pictures: what an image file may be. `utkface predict` uses the same limits.
      archives: what an archive may contain.
      labels: where labels come from. See docs/data-and-labels.md.
      max_bad_fraction: maximum share of quarantined files. Duplicates with equal labels do not
        count.
      duplicates: what happens to copies of an image. `leave-out` keeps one file of each image, and
        no file if the labels disagree. `keep` keeps all of them in one split.
      corrections_file: labels for files whose names are wrong. See schema/README.md.
      takedowns_file: files that must not be used. See schema/README.md.
      follow_links: follow symbolic links that lead out of the data folder.
      workers: processes that read and write files. Each takes seconds to start, and an archive is
        one unit of work. `null` uses one process, and more from 20,000 files on, at most one per
        CPU core; on Kubeflow it uses one.
    """

    pictures: ImageLimits = ImageLimits()
    archives: ArchiveLimits = DEFAULT_LIMITS
    labels: LabelSettings = LabelSettings()
    max_bad_fraction: float = Field(default=0.05, ge=0, le=1)
    duplicates: Literal["leave-out", "keep"] = "leave-out"
    corrections_file: str = str(_SCHEMA / "corrections.csv")
    takedowns_file: str = str(_SCHEMA / "takedowns.txt")
    follow_links: bool = False
    workers: int | None = Field(default=None, ge=1)
