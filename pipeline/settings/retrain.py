"""When a span is whole."""

from pydantic import Field, field_validator

from components.ingest.sources import span_paths
from trainer.settings.base import Settings


class RetrainSettings(Settings):
    """What `utkface retrain` goes by; read by nothing else.

    Attributes:
      complete_when: a path that is there once a span is whole, with the same {SPAN}, or {YYYY},
        {MM} and {DD}, as the data, such as `/faces/{SPAN}/_SUCCESS`.
      min_age_minutes: without such a path, how long ago the newest file of a span must have been
        changed.
    """

    complete_when: str | None = None
    min_age_minutes: float = Field(default=60.0, ge=0)

    @field_validator("complete_when")
    @classmethod
    def _check_spans(cls, path: str | None) -> str | None:
        if path is not None:
            if not span_paths.has_spans(path):
                raise ValueError("expected {SPAN}, or {YYYY}, {MM} and {DD}, in the path")
            span_paths.check_placeholders(path)
        return path
