"""The executor of UtkFaceExampleGen."""

from typing import Any

from tfx import types
from tfx.components.example_gen import utils
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_executor
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.types import standard_component_specs as specs
from tfx.utils import proto_utils

from components.ingest.plan import PLAN_PROPERTY, IngestPlan
from components.ingest.transform import ingest, worker_arguments
from components.split_counts import record_counts
from components.utkface_example_gen import spans
from components.utkface_example_gen.artifact import DRAWINGS_PROPERTY, LEDGER_KEY

_FILE_FORMAT = "tfrecords_gzip"
# Beam's argument of the engine `local`.
_IN_THIS_PROCESS = "--direct_running_mode=in_memory"


class Executor(base_beam_executor.BaseBeamExecutor):
    """Converts UTKFace files to splits of serialized tf.Examples."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the splits, the ledger and its summary.

        Args:
          input_dict: not used.
          output_dict: `examples` and `ledger`.
          exec_properties: properties of TFX's FileBasedExampleGen, and PLAN_PROPERTY.

        Raises:
          InputError: if an archive is damaged, too many files are quarantined, or a split
            is empty.
          ResourceError: if a disk is full.
          RuntimeError: unless every listed file has one outcome.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(output_dict[specs.EXAMPLES_KEY])
        ledger = artifact_utils.get_single_instance(output_dict[LEDGER_KEY])
        plan = IngestPlan.from_json(exec_properties[PLAN_PROPERTY])
        config = example_gen_pb2.Input()
        proto_utils.json_to_proto(exec_properties[specs.INPUT_CONFIG_KEY], config)
        examples.split_names = artifact_utils.encode_split_names(list(plan.buckets))
        arguments: list[str] = getattr(self, "_beam_pipeline_args", None) or []
        sources = spans.sources_of(exec_properties[specs.INPUT_BASE_KEY], config)
        if plan.settings.workers or _IN_THIS_PROCESS in arguments:
            arguments = [*arguments, *worker_arguments(plan, sources)]
        self._beam_pipeline_args = arguments
        summary = ingest(
            self._make_beam_pipeline(),
            plan,
            sources,
            ledger_uri=ledger.uri,
            split_uris={
                name: artifact_utils.get_split_uri([examples], name) for name in plan.buckets
            },
        )
        for name in ("listed", "accepted", "repaired", "quarantined", "ignored"):
            ledger.set_int_custom_property(name, getattr(summary, name))
        summary.check(max_bad_fraction=plan.settings.max_bad_fraction)
        examples_utils.set_payload_format(examples, exec_properties[specs.OUTPUT_DATA_FORMAT_KEY])
        examples_utils.set_file_format(examples, _FILE_FORMAT)
        examples.set_int_custom_property(DRAWINGS_PROPERTY, summary.drawings)
        record_counts(examples, {name: split.examples for name, split in summary.splits.items()})
        # TFX's driver sets the custom property; later components read the other property.
        examples.span = spans.span_of(int(exec_properties[utils.SPAN_PROPERTY_NAME]), config)
        examples.set_int_custom_property(utils.SPAN_PROPERTY_NAME, examples.span)
