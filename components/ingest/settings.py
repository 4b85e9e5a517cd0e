"""How files are taken in: the settings a user may change."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.labels.settings import LabelSettings
from components.ingest.pictures.pictures import ImageLimits
from trainer.settings.base import Settings

_SCHEMA = Path(__file__).parents[2] / "schema"


class IngestSettings(Settings):
    """What is accepted, what is left out, and when there is too little left.

    Attributes:
      pictures: what a picture may be.
      archives: what an archive may hold.
      labels: where labels come from; see docs/labels.md.
      max_bad_fraction: the greatest share of the listed files that may be quarantined;
        duplicates with the same labels do not count.
      duplicates: "leave-out" keeps one file of a picture, and none whose labels disagree;
        "keep" keeps all of them, in one split.
      corrections_file: labels of files whose names are wrong; see schema/README.md.
      takedowns_file: files that must not be used; see schema/README.md.
      follow_links: whether to follow symbolic links that lead out of the data folder.
      workers: processes that look at files.
    """

    pictures: ImageLimits = ImageLimits()
    archives: ArchiveLimits = DEFAULT_LIMITS
    labels: LabelSettings = LabelSettings()
    max_bad_fraction: float = Field(default=0.05, ge=0, le=1)
    duplicates: Literal["leave-out", "keep"] = "leave-out"
    corrections_file: str = str(_SCHEMA / "corrections.csv")
    takedowns_file: str = str(_SCHEMA / "takedowns.txt")
    follow_links: bool = False
    workers: int = Field(default=1, ge=1)
