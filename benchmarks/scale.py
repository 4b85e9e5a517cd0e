"""Measures what each component costs as the data grows, on Beam's local engine.

    python benchmarks/scale.py --data crop_part1.tar.gz --copies 1 4 16

The data is an archive with each file several times, with the same pixels and other bytes. Each
component runs alone in a process of its own, whose memory is measured. The training has one step,
so its cost is that of decoding and of one validation. Prints a Markdown table: CPU time per image,
peak memory, and size of the artifacts.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import ingest as ingest_benchmark

_OVERRIDES = ("trainer.epochs=1", "trainer.steps_per_epoch=1")
_RUN_ID = "scale"
# Milliseconds of CPU time per image below which a component is not shown.
_SHOWN = 0.05


class Cost(NamedTuple):
    """What one component costs.

    Attributes:
      cpu: seconds of CPU time.
      wall: seconds.
      memory: peak memory of its process, in MiB.
      disk: size of its artifacts, in MB.
    """

    cpu: float
    wall: float
    memory: float
    disk: float


def launch(data: str, root: str, node_id: str, overrides: list[str], results: "Results") -> None:
    """Runs one component of a pipeline, and reports its cost."""
    from tfx.dsl.compiler import compiler, constants
    from tfx.orchestration import metadata
    from tfx.orchestration.local import runner_utils
    from tfx.orchestration.portable import launcher, runtime_parameter_utils

    from pipeline.engines.local.runner import local_pipeline
    from pipeline.layout import RootLayout
    from pipeline.root.storage import RootStorage
    from pipeline.settings.config import load_config

    config = load_config(data=data, root=root, overrides=overrides)
    pipeline = compiler.Compiler().compile(local_pipeline(config))
    runtime_parameter_utils.substitute_runtime_parameter(
        pipeline, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: _RUN_ID}
    )
    deployment = runner_utils.extract_local_deployment_config(pipeline)
    layout = RootLayout(Path(root))
    connection = metadata.sqlite_metadata_connection_config(str(layout.metadata))
    (node,) = (
        node.pipeline_node for node in pipeline.nodes if node.pipeline_node.node_info.id == node_id
    )
    start, cpu = time.perf_counter(), time.process_time()
    launcher.Launcher(
        pipeline_node=node,
        mlmd_connection=metadata.Metadata(connection),
        pipeline_info=pipeline.pipeline_info,
        pipeline_runtime_spec=pipeline.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(deployment, node_id),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, node_id),
    ).launch()
    results.put(
        Cost(
            cpu=time.process_time() - cpu,
            wall=time.perf_counter() - start,
            memory=ingest_benchmark.peak_memory(),
            disk=_megabytes(Path(RootStorage.of(layout.root).artifacts, node_id)),
        )
    )


Results = multiprocessing.SimpleQueue


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 10**6


def node_ids(data: str, root: str, overrides: list[str]) -> list[str]:
    """Returns the components in the order in which they run."""
    from pipeline.engines.local.runner import local_pipeline
    from pipeline.settings.config import load_config

    config = load_config(data=data, root=root, overrides=overrides)
    return [component.id for component in local_pipeline(config).components]


def measure(data: str, copies: int, overrides: list[str]) -> tuple[int, dict[str, Cost]]:
    """Returns the number of images, and the cost of each component."""
    from components.ingest.outcome import read_summary

    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        archive, root = Path(folder, "copies.tar"), Path(folder, "root")
        ingest_benchmark.write_archive(data, copies, archive)
        root.mkdir()
        costs = {}
        results = context.SimpleQueue()
        for node_id in node_ids(str(archive), str(root), overrides):
            process = context.Process(
                target=launch, args=(str(archive), str(root), node_id, overrides, results)
            )
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(f"Expected {node_id} to finish; it ended with code {process.exitcode}.")
            costs[node_id] = results.get()
            print(f"{copies} x {node_id}: {costs[node_id]}", file=sys.stderr, flush=True)
        (ledger,) = root.glob("artifacts/UtkFaceExampleGen/ledger/*")
        splits = read_summary(str(ledger)).splits
    return sum(split.examples for split in splits.values()), costs


def table(sizes: list[int], costs: dict[str, list[Cost]]) -> str:
    """Formats the costs of the components that take a share of the time.

    Args:
      sizes: the number of images of each measurement.
      costs: the costs of each component, in the order of the sizes.
    """
    columns = [f"{unit}, {size:,} images" for unit in ("CPU, ms/image", "MiB") for size in sizes]
    columns = ["component", *columns, "kB/image"]
    columns[len(sizes) + 1 : len(sizes) + 1] = ["growth"]
    columns.insert(-1, "growth")
    lines = [f"| {' | '.join(columns)} |", f"|---|{'---:|' * (len(columns) - 1)}"]
    for node_id, rows in costs.items():
        cpu = [1000 * cost.cpu / size for size, cost in zip(sizes, rows, strict=True)]
        if max(cpu) < _SHOWN:
            continue
        memory = [cost.memory for cost in rows]
        cells = [
            node_id,
            *(f"{each:.2f}" for each in cpu),
            f"{cpu[-1] / cpu[0]:.2f}",
            *(f"{each:,.0f}" for each in memory),
            f"{memory[-1] / memory[0]:.2f}",
            f"{1000 * rows[-1].disk / sizes[-1]:.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, help="a .tar or .tar.gz of UTKFace files")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--set", action="append", default=list(_OVERRIDES), dest="overrides")
    arguments = parser.parse_args()
    sizes = []
    costs: dict[str, list[Cost]] = defaultdict(list)
    for copies in arguments.copies:
        images, measured = measure(arguments.data, copies, arguments.overrides)
        sizes.append(images)
        for node_id, cost in measured.items():
            costs[node_id].append(cost)
    print(table(sizes, costs))


if __name__ == "__main__":
    main()
