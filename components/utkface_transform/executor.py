"""The executor of UtkFaceTransform: Beam analyzes, and examples are written in their order."""

import tempfile
from typing import Any

import tensorflow_transform as tft
from tfx import types
from tfx.components.transform import executor
from tfx.types import artifact_utils, standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.utils import io_utils

from components.beam_batches import batches_by_size
from components.split_counts import check_recorded
from components.storage.disk_room import room_in
from components.utkface_transform.materialization import write_transformed
from components.utkface_transform.raw_schema import select_inputs

TRANSFORMED_SPLITS = ("train", "eval")
_ADVICE = "or give the run another root"


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
        transform_output = tft.TFTransformOutput(graph)
        transformed = artifact_utils.get_single_instance(
            output_dict[specs.TRANSFORMED_EXAMPLES_KEY]
        )
        transformed.split_names = artifact_utils.encode_split_names(list(TRANSFORMED_SPLITS))
        raw = artifact_utils.get_single_instance(input_dict[specs.EXAMPLES_KEY])
        for split in TRANSFORMED_SPLITS:
            source = artifact_utils.get_split_uri([raw], split)
            target = artifact_utils.get_split_uri([transformed], split)
            with room_in(target, _ADVICE):
                count = write_transformed(source, transform_output, target)
            check_recorded(raw, split, count, "transformed examples")


def _write_inputs(schemas: list[types.Artifact], folder: str) -> types.Artifact:
    """Writes the schema of the graph's inputs to a folder, and returns it as an artifact."""
    path = io_utils.get_only_uri_in_dir(artifact_utils.get_single_uri(schemas))
    schema = io_utils.SchemaReader().read(path)
    io_utils.write_pbtxt_file(f"{folder}/schema.pbtxt", select_inputs(schema))
    selected = standard_artifacts.Schema()
    selected.uri = folder
    return selected
