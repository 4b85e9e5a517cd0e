"""UtkFaceExampleGen: an ExampleGen for UTKFace files."""

from typing import ClassVar

from tfx import types
from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.orchestration.data_types import RuntimeParameter
from tfx.proto import example_gen_pb2
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.types.component_spec import ChannelParameter, ExecutionParameter

from components.ingest.plan import PLAN_PROPERTY, IngestPlan
from components.ingest.sources import source
from components.utkface_example_gen import spans
from components.utkface_example_gen.artifact import LEDGER_KEY, Ledger
from components.utkface_example_gen.executor import Executor
from trainer import features

_WHOLE_FOLDER = example_gen_pb2.Input(
    splits=[example_gen_pb2.Input.Split(name="source1", pattern=source.WHOLE_FOLDER)]
)


class UtkFaceExampleGenSpec(specs.FileBasedExampleGenSpec):
    """TFX's spec with an additional output and two additional properties."""

    PARAMETERS: ClassVar[dict[str, ExecutionParameter]] = {
        **specs.FileBasedExampleGenSpec.PARAMETERS,
        spans.REQUESTED_SPAN: ExecutionParameter(type=int),
        PLAN_PROPERTY: ExecutionParameter(type=str),
    }
    OUTPUTS: ClassVar[dict[str, ChannelParameter]] = {
        **specs.FileBasedExampleGenSpec.OUTPUTS,
        LEDGER_KEY: ChannelParameter(type=Ledger),
    }


class UtkFaceExampleGen(FileBasedExampleGen):
    """Converts UTKFace files to TFRecords with parsed labels.

    Labels come from file names or a manifest, and are never guessed. A file with an invalid name or
    image is quarantined with a reason. The component checks that accepted + repaired + quarantined
    = listed.

    The split of a file is a hash of its image's appearance, so similar images never straddle
    splits, and a file is always in the same split.

    Component `outputs` contains:
      - `examples`: tfx.types.standard_artifacts.Examples with the raw features
        of trainer.features.
      - `ledger`: a Ledger with a row for each listed file, and the counts.
    """

    SPEC_CLASS = UtkFaceExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        *,
        data: str | RuntimeParameter,
        span: int | RuntimeParameter,
        plan: IngestPlan,
    ):
        """Constructs the component.

        Args:
          data: a folder, a glob or an archive, local or on an object store; or several, one per
            line. If it is a parameter of the run, the properties must pass through
            spans.resolve_properties before the executor runs.
          span: number of the span of `data`, or spans.NEWEST.
          plan: the ingest plan, with the splits.

        Raises:
          InputError: if no file exists, or the span does not exist.
        """
        inputs = spans.Inputs(data, _WHOLE_FOLDER, None)
        if isinstance(data, str):
            inputs = spans.resolve(data, span, plan.settings.archives)
        spec = UtkFaceExampleGenSpec(
            **inputs._asdict(),
            requested_span=span,
            ingest_plan=plan.to_json(),
            output_config=example_gen_pb2.Output(
                split_config=example_gen_pb2.SplitConfig(
                    splits=[
                        example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=buckets)
                        for name, buckets in plan.buckets.items()
                    ],
                    partition_feature_name=features.IMAGE_KEY,
                )
            ),
            output_data_format=example_gen_pb2.FORMAT_TF_EXAMPLE,
            output_file_format=example_gen_pb2.FORMAT_TFRECORDS_GZIP,
            examples=types.Channel(type=standard_artifacts.Examples),
            ledger=types.Channel(type=Ledger),
        )
        # FileBasedExampleGen's constructor does not support a second output.
        base_beam_component.BaseBeamComponent.__init__(self, spec=spec)
