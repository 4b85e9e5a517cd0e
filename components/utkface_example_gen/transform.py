"""The Beam part: from a source to examples, with every listed file accounted for."""

import json
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import tensorflow as tf

from components.utkface_example_gen import examples, images, source
from components.utkface_example_gen.rejection import RejectedFile
from trainer import features

# What the executor hands to the transform beside TFX's own properties.
QUARANTINE_PATH = "_quarantine_path"
TALLIES = "_tallies"

LISTED = "listed"
QUARANTINED = "quarantined"
DRAWINGS = "drawings"


@beam.typehints.with_output_types(tf.train.Example)
class _ConvertFile(beam.DoFn):
    """Yields an example, or a row for the quarantine file."""

    def process(self, file: source.ImageFile) -> Iterator[Any]:
        try:
            yield examples.to_example(file)
        except RejectedFile as error:
            row = {"path": file.path, "reason": error.reason, "detail": error.detail}
            yield beam.pvalue.TaggedOutput(QUARANTINED, row)


@beam.ptransform_fn
@beam.typehints.with_input_types(beam.Pipeline)
@beam.typehints.with_output_types(tf.train.Example)
def UtkFaceToExample(
    pipeline: beam.Pipeline, exec_properties: dict[str, Any], split_pattern: str
) -> beam.PCollection:
    """Lists, reads and converts the files; what is not accepted goes to quarantine.

    Args:
      pipeline: the Beam pipeline.
      exec_properties: `input_base` as in TFX; QUARANTINE_PATH names the file to
        write; TALLIES is a list that gets a PCollection of (key, count) pairs
        for the listed files, for each reason of the quarantined ones, and for the
        drawings among the accepted.
      split_pattern: what to match inside the input base.

    Returns:
      The accepted files as tf.train.Example.
    """
    where = source.Source(exec_properties["input_base"], split_pattern)
    files = (
        pipeline
        | "Source" >> beam.Create([where])
        | "ListPaths" >> beam.FlatMap(source.list_paths)
        | "SpreadPaths" >> beam.Reshuffle()
        | "ReadFiles" >> beam.FlatMap(source.read)
    )
    converted = files | "Convert" >> beam.ParDo(_ConvertFile()).with_outputs(
        QUARANTINED, main="accepted"
    )
    quarantined = converted[QUARANTINED]
    _ = (
        quarantined
        | "RowToJson" >> beam.Map(json.dumps, sort_keys=True)
        | "WriteQuarantine"
        >> beam.io.WriteToText(exec_properties[QUARANTINE_PATH], shard_name_template="")
    )
    exec_properties[TALLIES] += [
        files
        | "CountListed" >> beam.combiners.Count.Globally()
        | "NameListed" >> beam.Map(lambda count: (LISTED, count)),
        quarantined
        | "Reason" >> beam.Map(lambda row: f"{QUARANTINED}/{row['reason']}")
        | "CountReasons" >> beam.combiners.Count.PerElement(),
    ]
    accepted = converted["accepted"]
    exec_properties[TALLIES].append(
        accepted
        | "FindDrawings" >> beam.Filter(_is_drawing)
        | "CountDrawings" >> beam.combiners.Count.Globally()
        | "NameDrawings" >> beam.Map(lambda count: (DRAWINGS, count))
    )
    return accepted


def _is_drawing(example: tf.train.Example) -> bool:
    return images.is_drawing(example.features.feature[features.IMAGE_KEY].bytes_list.value[0])
