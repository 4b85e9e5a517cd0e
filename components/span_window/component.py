"""SpanWindow: trains and measures on the newest spans together, not only the newest span."""

import tempfile

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from components.history.artifact import ENTRY
from components.history.registry import ACCEPTED_EXAMPLES, Entry, History
from components.span_window.merging import merge
from components.split_counts import check_recorded, record_counts


@component
def SpanWindow(
    history: Parameter[str],
    spans: Parameter[int],
    examples: InputArtifact[standard_artifacts.Examples],
    window: OutputArtifact[standard_artifacts.Examples],
) -> None:
    """Combines the examples of a span with the examples of earlier accepted spans, by split.

    An image in several spans counts once, with the label of the newest span. It is in the same
    split in all spans, because its split is a hash of its appearance. The history keeps the
    examples, and drops spans that have left the window. Make the component depend on the gate that
    accepts the examples.

    Args:
      history: folder of the history.
      spans: number of spans, including the span of `examples`; the others have the greatest
        numbers.
      examples: raw examples of a span.
      window: examples of all spans. Its span is the span of `examples`; `history_entry` names the
        combined entries, the newest first.

    Raises:
      RuntimeError: if `examples` has more or fewer examples than the ingest recorded.
    """
    registry = History(history)
    others = _newest_of_each_span(registry, excluding=examples.span)[: spans - 1]
    splits = artifact_utils.decode_split_names(examples.split_names)
    with tempfile.TemporaryDirectory() as folder:
        # TensorFlow reads neither s3:// nor minio://, where the history may lie.
        copies = [f"{folder}/{entry.name}" for entry in others]
        for entry, copy in zip(others, copies, strict=True):
            entry.check()
            io_utils.copy_dir(entry.files, copy)
        counts = {}
        for split in splits:
            own, counts[split] = merge([examples.uri, *copies], split, window.uri)
            check_recorded(examples, split, own, "a window")
    record_counts(window, counts)
    window.split_names = examples.split_names
    window.span = examples.span
    window.version = examples.version
    entry = registry.record(ACCEPTED_EXAMPLES, examples.uri, span=examples.span, properties={})
    names = [entry.name, *(other.name for other in others)]
    window.set_string_custom_property(ENTRY, " ".join(names))
    registry.delete_except(ACCEPTED_EXAMPLES, keep=set(names))


def _newest_of_each_span(registry: History, *, excluding: int) -> list[Entry]:
    """Returns the newest entry of each other span, the greatest span first."""
    newest: dict[int, Entry] = {}
    for entry in registry.entries(ACCEPTED_EXAMPLES):
        if entry.span != excluding:
            newest.setdefault(entry.span, entry)
    return [newest[span] for span in sorted(newest, reverse=True)]
