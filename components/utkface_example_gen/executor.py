"""The executor of UtkFaceExampleGen."""

from typing import Any

import apache_beam as beam
from tfx import types
from tfx.components.example_gen import base_example_gen_executor, utils
from tfx.dsl.io import fileio
from tfx.types import artifact_utils
from tfx.types import standard_component_specs as specs

from components.utkface_example_gen.examples import record_digest, serialise
from components.utkface_example_gen.quarantine import (
    DRAWINGS_PROPERTY,
    QUARANTINE_FILE,
    QUARANTINE_KEY,
    SUMMARY_FILE,
)
from components.utkface_example_gen.summary import IngestSummary, SplitTally
from components.utkface_example_gen.transform import (
    DRAWINGS,
    LISTED,
    QUARANTINE_PATH,
    QUARANTINED,
    TALLIES,
    UtkFaceToExample,
)

_SPLIT = "split"
_SUMMARY_PATH = "_summary_path"


class _TallySplit(beam.CombineFn):
    """Combines record digests into a SplitTally."""

    def create_accumulator(self) -> SplitTally:
        return SplitTally.of(())

    def add_input(self, accumulator: SplitTally, record_digest: bytes) -> SplitTally:
        return SplitTally.merge((accumulator, SplitTally.of((record_digest,))))

    def merge_accumulators(self, accumulators: list[SplitTally]) -> SplitTally:
        return SplitTally.merge(accumulators)

    def extract_output(self, accumulator: SplitTally) -> SplitTally:
        return accumulator


class Executor(base_example_gen_executor.BaseExampleGenExecutor):
    """Converts UTKFace files to splits of serialised tf.Examples."""

    def GetInputSourceToExamplePTransform(self) -> beam.PTransform:
        """Returns the transform from a source to tf.train.Example."""
        return UtkFaceToExample

    def GenerateExamplesByBeam(
        self, pipeline: beam.Pipeline, exec_properties: dict[str, Any]
    ) -> dict[str, beam.PCollection]:
        """Adds to TFX's splits deterministic bytes and a summary of the counts."""
        tallies: list[beam.PCollection] = []
        exec_properties[TALLIES] = tallies
        splits = {
            name: split | f"Serialise[{name}]" >> beam.Map(serialise)
            for name, split in super().GenerateExamplesByBeam(pipeline, exec_properties).items()
        }
        for name, records in splits.items():
            tallies.append(
                records
                | f"Digest[{name}]" >> beam.Map(record_digest)
                | f"Tally[{name}]" >> beam.CombineGlobally(_TallySplit())
                | f"Name[{name}]" >> beam.Map(lambda tally, key: (key, tally), f"{_SPLIT}/{name}")
            )
        _ = (
            tallies
            | "FlattenTallies" >> beam.Flatten()
            | "CollectTallies" >> beam.combiners.ToDict()
            | "WriteSummary"
            >> beam.Map(
                lambda counts, path: _summary(counts).write(path), exec_properties[_SUMMARY_PATH]
            )
        )
        return splits

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the splits, the quarantine file and the summary, then checks the counts.

        Args:
          input_dict: not used.
          output_dict: `examples` and `quarantine`.
          exec_properties: as of TFX's FileBasedExampleGen.

        Raises:
          InputError: if an archive is damaged or a split is empty.
          RuntimeError: if accepted + quarantined is not listed.
        """
        quarantine = artifact_utils.get_single_instance(output_dict[QUARANTINE_KEY])
        fileio.makedirs(quarantine.uri)
        summary_path = f"{quarantine.uri}/{SUMMARY_FILE}"
        exec_properties[QUARANTINE_PATH] = f"{quarantine.uri}/{QUARANTINE_FILE}"
        exec_properties[_SUMMARY_PATH] = summary_path
        super().Do(input_dict, output_dict, exec_properties)
        summary = IngestSummary.read(summary_path)
        quarantine.set_int_custom_property(LISTED, summary.listed)
        quarantine.set_int_custom_property(QUARANTINED, sum(summary.quarantined.values()))
        summary.check()
        examples = artifact_utils.get_single_instance(output_dict[specs.EXAMPLES_KEY])
        examples.set_int_custom_property(DRAWINGS_PROPERTY, summary.drawings)
        # TFX's driver sets a custom property; the components after it read this one.
        examples.span = int(exec_properties[utils.SPAN_PROPERTY_NAME])


def _summary(counts: dict[str, Any]) -> IngestSummary:
    """Sorts tallies keyed `listed`, `drawings`, `quarantined/REASON` and `split/NAME`."""
    groups: dict[str, dict[str, Any]] = {QUARANTINED: {}, _SPLIT: {}}
    for key in sorted(counts.keys() - {LISTED, DRAWINGS}):
        group, _, name = key.partition("/")
        groups[group][name] = counts[key]
    return IngestSummary(counts[LISTED], counts[DRAWINGS], groups[QUARANTINED], groups[_SPLIT])
