"""What an ingest is told: the settings, with the files that they name read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from components.ingest.examine import Rules
from components.ingest.labels.corrections import Correction, Corrections
from components.ingest.labels.takedowns import Takedowns
from components.ingest.settings import IngestSettings

# The property of the component that holds a plan, in JSON.
PLAN_PROPERTY = "ingest_plan"


@dataclass(frozen=True)
class IngestPlan:
    """All that decides what becomes of a file, so that it can be recorded and sent elsewhere.

    Attributes:
      settings: the user's.
      rules: what each file is held against.
      buckets: hash buckets by split.
    """

    settings: IngestSettings
    rules: Rules
    buckets: Mapping[str, int]

    @classmethod
    def of(cls, settings: IngestSettings, buckets: Mapping[str, int]) -> "IngestPlan":
        """Reads the files that the settings name.

        Raises:
          InputError: if one of them is not as it must be.
        """
        corrections = Corrections.read(settings.corrections_file)
        takedowns = Takedowns.read(settings.takedowns_file)
        return cls(settings, Rules(settings.pictures, corrections, takedowns), dict(buckets))

    def to_json(self) -> str:
        corrections = {
            name: correction._asdict()
            for name, correction in self.rules.corrections.by_name.items()
        }
        takedowns = {key: sorted(values) for key, values in asdict(self.rules.takedowns).items()}
        document = {
            "settings": self.settings.model_dump(mode="json"),
            "corrections": corrections,
            "takedowns": takedowns,
            "buckets": self.buckets,
        }
        return json.dumps(document)

    @classmethod
    def from_json(cls, text: str) -> "IngestPlan":
        document = json.loads(text)
        settings = IngestSettings(**document["settings"])
        corrections = {
            name: Correction(**correction) for name, correction in document["corrections"].items()
        }
        takedowns = {key: frozenset(values) for key, values in document["takedowns"].items()}
        rules = Rules(settings.pictures, Corrections(corrections), Takedowns(**takedowns))
        return cls(settings, rules, document["buckets"])
