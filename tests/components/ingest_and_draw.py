"""Runs UtkFaceExampleGen on a folder, and DistributionPlots on its examples: DATA OUT."""

import sys

from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.types import standard_component_specs as specs

from components.distribution_plots.component import DistributionPlots
from components.ingest.plan import IngestPlan
from components.utkface_example_gen import spans
from components.utkface_example_gen.component import UtkFaceExampleGen
from pipeline.settings.config import PipelineConfig


def main(data: str, out: str) -> None:
    config = PipelineConfig(data=data)
    plan = IngestPlan.of(config.ingest, config.splits.model_dump())
    example_gen = UtkFaceExampleGen(data=data, span=spans.NEWEST, plan=plan)
    plots = DistributionPlots(examples=example_gen.outputs[specs.EXAMPLES_KEY])
    metadata = sqlite_metadata_connection_config(f"{out}/metadata.db")
    pipeline = Pipeline("drawn", f"{out}/root", metadata, components=[example_gen, plots])
    LocalDagRunner().run(pipeline)


if __name__ == "__main__":
    main(*sys.argv[1:])
