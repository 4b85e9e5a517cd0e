"""Looks at files as an ingest does, without training on them and without TensorFlow."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from components.utkface_example_gen import sources, span_paths
from components.utkface_example_gen.ingest import Ingest
from components.utkface_example_gen.ledger import write_ledger
from components.utkface_example_gen.plan import IngestPlan
from components.utkface_example_gen.settings import IngestSettings
from components.utkface_example_gen.summary import IngestSummary


def inspect(
    paths: Sequence[str], settings: IngestSettings, buckets: dict[str, int], ledger: Path | None
) -> IngestSummary:
    """Looks at each file of the sources.

    Args:
      paths: folders, globs and archives; of a path with {SPAN}, all spans.
      settings: what is accepted.
      buckets: hash buckets by split.
      ledger: where the ledger is written to; None writes none.

    Raises:
      InputError: if there is nothing, or a source or a file of the settings is not as it
        must be.
    """
    plan = IngestPlan.of(settings, buckets)
    found = sources.resolve_all([span_paths.of_any_span(path) for path in paths], settings.archives)
    with tempfile.TemporaryDirectory() as folder:
        ingest = Ingest(plan, Path(folder))
        for _ in ingest.run(sources.read_all(found, settings.archives)):
            pass
        if ledger:
            with ledger.open("w", encoding="utf-8") as file:
                write_ledger(ingest.catalogue.rows(), file)
        return ingest.summarise({})
