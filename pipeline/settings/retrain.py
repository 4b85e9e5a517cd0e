"""Settings that define a complete span."""

from pydantic import Field, field_validator

from components.ingest.sources import span_paths
from trainer.settings.base import Settings


class RetrainSettings(Settings):
    """When a span is complete. Only `utkface retrain` and schedules read these settings.

    Attributes:
      complete_when: path whose existence marks a span as complete, such as
        `/faces/{SPAN}/_SUCCESS`. It has the same placeholders as `data`. Required on an object
        store.
      min_age_minutes: age of a span's newest file before the span is complete, in minutes. Used if
        `complete_when` is `null`.
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
