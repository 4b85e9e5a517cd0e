"""The ingest plan: all inputs that determine the outcome of a file, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from components.ingest.labels import manifest
from components.ingest.labels.corrections import Corrections
from components.ingest.labels.takedowns import Takedowns
from components.ingest.settings import IngestSettings

# The component property that holds a plan, as JSON.
PLAN_PROPERTY = "ingest_plan"


@dataclass(frozen=True)
class IngestPlan:
    """All inputs that determine the outcome of a file, in a form to record and send to workers.

    Attributes:
      settings: settings of the user.
      corrections: labels of files whose names are known to be wrong.
      takedowns: files that must not be used.
      buckets: hash buckets by split.
    """

    settings: IngestSettings
    corrections: Corrections
    takedowns: Takedowns
    buckets: Mapping[str, int]

    @classmethod
    def of(cls, settings: IngestSettings, buckets: Mapping[str, int]) -> "IngestPlan":
        """Reads the files that the settings name, and the start of the manifest.

        Raises:
          InputError: if one of the files is invalid.
        """
        if settings.labels.manifest:
            next(manifest.read_rows(settings.labels, settings.archives), None)
        corrections = Corrections.read(settings.corrections_file)
        return cls(settings, corrections, Takedowns.read(settings.takedowns_file), dict(buckets))

    def to_json(self) -> str:
        return TypeAdapter(IngestPlan).dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "IngestPlan":
        return TypeAdapter(cls).validate_json(text)
