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

from components.utkface_example_gen import source, spans
from components.utkface_example_gen.executor import Executor
from components.utkface_example_gen.quarantine import QUARANTINE_KEY, Quarantine
from trainer import features


class UtkFaceExampleGenSpec(specs.FileBasedExampleGenSpec):
    """TFX's own spec with one more output and one more property."""

    PARAMETERS: ClassVar[dict[str, ExecutionParameter]] = {
        **specs.FileBasedExampleGenSpec.PARAMETERS,
        spans.REQUESTED_SPAN: ExecutionParameter(type=int),
    }
    OUTPUTS: ClassVar[dict[str, ChannelParameter]] = {
        **specs.FileBasedExampleGenSpec.OUTPUTS,
        QUARANTINE_KEY: ChannelParameter(type=Quarantine),
    }


class UtkFaceExampleGen(FileBasedExampleGen):
    """Converts UTKFace files to TFRecords with parsed labels.

    Labels are read from the file names. A file whose name or picture is not what
    it must be is never guessed at: it goes to quarantine with a reason, and
    accepted + quarantined = listed is checked.

    The split of a file is a hash of its bytes, so that equal pictures never
    straddle splits and a file always lands in the same one.

    Component `outputs` contains:
      - `examples`: tfx.types.standard_artifacts.Examples with the raw features
        of trainer.features.
      - `quarantine`: a Quarantine with the rejected files and the counts.
    """

    SPEC_CLASS = UtkFaceExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        *,
        data: str | RuntimeParameter,
        span: int | RuntimeParameter,
        splits: dict[str, int],
    ):
        """Constructs the component.

        Args:
          data: a folder, a glob or a tar archive, local or on an object store. If it is
            a parameter of the run, whoever runs the executor first puts the properties
            through spans.resolve_properties.
          span: the number that takes the place of {SPAN} in `data`, or spans.NEWEST.
          splits: hash buckets by split name, such as {"train": 70, "eval": 10,
            "test": 20}.

        Raises:
          InputError: if no file is there.
        """
        input_base, pattern, wanted = data, source.WHOLE_FOLDER, None
        if isinstance(data, str):
            input_base, pattern = source.resolve(data)
            wanted = spans.range_config(data, span)
        spec = UtkFaceExampleGenSpec(
            input_base=input_base,
            input_config=spans.input_config(pattern),
            range_config=wanted,
            requested_span=span,
            output_config=example_gen_pb2.Output(
                split_config=example_gen_pb2.SplitConfig(
                    splits=[
                        example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=buckets)
                        for name, buckets in splits.items()
                    ],
                    partition_feature_name=features.IMAGE_KEY,
                )
            ),
            output_data_format=example_gen_pb2.FORMAT_TF_EXAMPLE,
            output_file_format=example_gen_pb2.FORMAT_TFRECORDS_GZIP,
            examples=types.Channel(type=standard_artifacts.Examples),
            quarantine=types.Channel(type=Quarantine),
        )
        # FileBasedExampleGen's own constructor has no room for a second output.
        base_beam_component.BaseBeamComponent.__init__(self, spec=spec)
