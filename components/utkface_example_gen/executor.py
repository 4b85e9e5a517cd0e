"""The executor of UtkFaceExampleGen.

It does without Beam: Beam's local runner keeps what it groups in memory, and the pictures of
a large source do not fit there. Files are read one at a time instead.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import tensorflow as tf
from tfx import types
from tfx.components.example_gen import utils
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_executor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.types import standard_component_specs as specs
from tfx.utils import proto_utils

from components.disk_room import room_for_temporary_files, room_in
from components.ingest.examples import Encoder, record_digest
from components.ingest.ingest import Ingest
from components.ingest.ledger.rows import LEDGER_FILE, SUMMARY_FILE, write_ledger
from components.ingest.ledger.summary import IngestSummary, SplitTally
from components.ingest.plan import PLAN_PROPERTY, IngestPlan
from components.ingest.settings import IngestSettings
from components.ingest.sources import sources
from components.ingest.sources.reading import ImageFile
from components.ingest.spool import Spool
from components.utkface_example_gen import spans
from components.utkface_example_gen.artifact import DRAWINGS_PROPERTY, LEDGER_KEY, Ledger

# gzip, as TFX wants it, but none of its effort: the pictures are compressed already.
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=0)
_FILE_FORMAT = "tfrecords_gzip"
_RECORDS_FILE = "data_tfrecord-00000-of-00001.gz"
_ADVICE = "or give the run another root"


class Executor(base_beam_executor.BaseBeamExecutor):
    """Converts UTKFace files to splits of serialised tf.Examples."""

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
          exec_properties: as of TFX's FileBasedExampleGen, and PLAN_PROPERTY.

        Raises:
          InputError: if an archive is damaged, too many files are quarantined, or a split
            is empty.
          ResourceError: if a disk is full, or a process that looks at files is killed.
          RuntimeError: if not every listed file has one outcome.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(output_dict[specs.EXAMPLES_KEY])
        ledger = artifact_utils.get_single_instance(output_dict[LEDGER_KEY])
        fileio.makedirs(ledger.uri)
        plan = IngestPlan.from_json(exec_properties[PLAN_PROPERTY])
        config = example_gen_pb2.Input()
        proto_utils.json_to_proto(exec_properties[specs.INPUT_CONFIG_KEY], config)
        examples.split_names = artifact_utils.encode_split_names(list(plan.buckets))
        with room_for_temporary_files(), tempfile.TemporaryDirectory() as folder:
            spools = {name: Spool(Path(folder, name)) for name in plan.buckets}
            ingest = Ingest(plan, Path(folder))
            encoder = Encoder()
            files = _files(config, exec_properties, plan.settings)
            for number, found, split in ingest.run(files):
                spools[split].add(number, encoder.to_record(found))
            left_out = set(ingest.catalogue.quarantined())
            tallies = {
                name: _write_split(spool, artifact_utils.get_split_uri([examples], name), left_out)
                for name, spool in spools.items()
            }
            summary = ingest.summarise(tallies)
            with _written(f"{ledger.uri}/{LEDGER_FILE}") as file:
                write_ledger(ingest.catalogue.rows(), file)
        with _written(f"{ledger.uri}/{SUMMARY_FILE}") as file:
            file.write(json.dumps(summary.to_dict(), indent=2) + "\n")
        _describe(ledger, summary)
        summary.check(max_bad_fraction=plan.settings.max_bad_fraction)
        examples_utils.set_payload_format(examples, exec_properties[specs.OUTPUT_DATA_FORMAT_KEY])
        examples_utils.set_file_format(examples, _FILE_FORMAT)
        examples.set_int_custom_property(DRAWINGS_PROPERTY, summary.drawings)
        # TFX's driver sets the custom property; the components after it read the other one.
        examples.span = spans.span_of(int(exec_properties[utils.SPAN_PROPERTY_NAME]), config)
        examples.set_int_custom_property(utils.SPAN_PROPERTY_NAME, examples.span)


def _files(
    config: example_gen_pb2.Input, exec_properties: dict[str, Any], settings: IngestSettings
) -> Iterator[ImageFile]:
    """Reads the files of all sources, one at a time."""
    found = spans.sources_of(exec_properties[specs.INPUT_BASE_KEY], config)
    return sources.read_all(
        found,
        settings.archives,
        settings.pictures.max_bytes,
        follow_links=settings.follow_links,
    )


def _write_split(spool: Spool, uri: str, left_out: set[int]) -> SplitTally:
    """Writes the records of a split but for those whose files are left out after all."""
    digests = []
    records = spool.read()
    with room_in(uri, _ADVICE):
        fileio.makedirs(uri)
        with tf.io.TFRecordWriter(f"{uri}/{_RECORDS_FILE}", _OPTIONS) as writer:
            for number, record in records:
                if number not in left_out:
                    writer.write(record)
                    digests.append(record_digest(record))
    return SplitTally.of(digests)


@contextlib.contextmanager
def _written(path: str) -> Iterator[IO[str]]:
    with room_in(path, _ADVICE), fileio.open(path, "w") as file:
        yield file


def _describe(ledger: Ledger, summary: IngestSummary) -> None:
    for name in ("listed", "accepted", "repaired", "quarantined", "ignored"):
        ledger.set_int_custom_property(name, getattr(summary, name))
