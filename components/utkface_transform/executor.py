"""The executor of UtkFaceTransform: examples keep their order and their files."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import apache_beam as beam
from tfx import types
from tfx.components.transform import executor
from tfx.types import artifact_utils, standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.utils import io_utils

from components.beam_batches import batches_by_size
from components.beam_errors import clear_errors
from components.split_counts import check_count, recorded_counts
from components.utkface_transform.materialization import WriteTransformed, plan_shards
from components.utkface_transform.raw_schema import select_inputs

TRANSFORMED_SPLITS = ("train", "eval")


class Executor(executor.Executor):
    """Uses TFX's executor for the transform graph only.

    TFX writes transformed examples in the order in which Beam's bundles end, and their features in
    an order that differs in every process.
    """

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the transform graph and the transformed examples.

        Args:
          input_dict: `examples` and `schema`.
          output_dict: `transform_graph` and `transformed_examples`.
          exec_properties: properties of TFX's Transform.

        Raises:
          ResourceError: if a disk is full.
          RuntimeError: if there are more or fewer raw examples than the ingest recorded.
        """
        analyzed = {
            key: artifacts
            for key, artifacts in output_dict.items()
            if key != specs.TRANSFORMED_EXAMPLES_KEY
        }
        with tempfile.TemporaryDirectory() as folder, batches_by_size():
            schema = _write_inputs(input_dict[specs.SCHEMA_KEY], folder)
            super().Do({**input_dict, specs.SCHEMA_KEY: [schema]}, analyzed, exec_properties)
        graph = artifact_utils.get_single_uri(output_dict[specs.TRANSFORM_GRAPH_KEY])
        transformed = artifact_utils.get_single_instance(
            output_dict[specs.TRANSFORMED_EXAMPLES_KEY]
        )
        transformed.split_names = artifact_utils.encode_split_names(list(TRANSFORMED_SPLITS))
        raw = artifact_utils.get_single_instance(input_dict[specs.EXAMPLES_KEY])
        shards = [
            shard
            for split in TRANSFORMED_SPLITS
            for shard in plan_shards(
                split,
                artifact_utils.get_split_uri([raw], split),
                artifact_utils.get_split_uri([transformed], split),
            )
        ]
        with clear_errors(), self._make_beam_pipeline() as pipeline:
            (
                pipeline
                | "Shards" >> beam.Create(shards)
                | "ShareOut" >> beam.Reshuffle()
                | "WriteTransformed" >> beam.ParDo(WriteTransformed(graph))
                | "AddCounts" >> beam.CombineGlobally(_add_counts)
                | "CheckCounts" >> beam.Map(_check_counts, recorded_counts(raw))
            )


def _add_counts(counts: Iterable[Counter[str]]) -> Counter[str]:
    return sum(counts, Counter())


def _check_counts(found: Counter[str], recorded: Mapping[str, int] | None) -> None:
    if recorded is None:  # by an earlier release
        return
    for split in TRANSFORMED_SPLITS:
        check_count(recorded.get(split, 0), split, found[split], "transformed examples")


def _write_inputs(schemas: list[types.Artifact], folder: str) -> types.Artifact:
    """Writes the schema of the graph's inputs to a folder, and returns it as an artifact."""
    path = io_utils.get_only_uri_in_dir(artifact_utils.get_single_uri(schemas))
    schema = io_utils.SchemaReader().read(path)
    io_utils.write_pbtxt_file(f"{folder}/schema.pbtxt", select_inputs(schema))
    selected = standard_artifacts.Schema()
    selected.uri = folder
    return selected
