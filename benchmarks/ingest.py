"""Measures the ingest: its rate compared with a bare loop, and its growth with the files.

    python benchmarks/ingest.py rate --data crop_part1.tar.gz --copies 3 --repeat 3
    python benchmarks/ingest.py growth --data crop_part1.tar.gz

`rate` alternates in one process: a loop that reads each member of the archive, verifies and decodes
it with Pillow, and writes it to a TFRecord; the whole ingest of the archive; and the ingest of a
folder with `--copies` copies of its files, with one worker and with two. `growth` ingests archives
with the files 1, 4 and 16 times, each in a process of its own. Both print a Markdown table, with
medians if there are several measurements.
"""

import argparse
import io
import multiprocessing
import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

# Copies of the files, and repeats of the measurement: a shorter run is noisier.
_COPIES = {1: 5, 4: 3, 16: 1}
_BUCKETS = {"train": 70, "eval": 10, "test": 20}


def copies_of(data: str, copies: int) -> Iterator[tuple[str, bytes]]:
    """Yields copies of each file with the same pixels and other bytes: padding before its end."""
    for copy in range(copies):
        with tarfile.open(data) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file:
                    content = file.read()
                    name = member.name.rpartition("/")[2]
                    yield f"{copy}/{name}", content[:-2] + b"\xff" * copy + content[-2:]


def run_bare_loop(data: str, folder: Path) -> None:
    """Does the minimum that an ingest can do."""
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(folder / "records")) as writer:
        for _, content in copies_of(data, 1):
            Image.open(io.BytesIO(content)).verify()
            Image.open(io.BytesIO(content)).load()
            writer.write(content)


def run_ingest(data: str, folder: Path, *, workers: int = 1) -> None:
    """Runs the executor of UtkFaceExampleGen, including the ledger."""
    from components.ingest.plan import IngestPlan
    from components.ingest.settings import IngestSettings
    from components.utkface_example_gen import spans
    from components.utkface_example_gen.component import UtkFaceExampleGen
    from components.utkface_example_gen.executor import Executor
    from pipeline.settings.config import PipelineConfig

    plan = IngestPlan.of(IngestSettings(workers=workers), _BUCKETS)
    component = UtkFaceExampleGen(data=data, span=spans.NEWEST, plan=plan)
    outputs = {}
    for key, channel in component.outputs.items():
        artifact = channel.type()
        artifact.uri = str(folder / key)
        outputs[key] = [artifact]
    arguments = PipelineConfig(data=(data,)).beam_arguments()
    context = Executor.Context(beam_pipeline_args=arguments)
    Executor(context).Do({}, outputs, {**component.exec_properties, "span": 0})


def time_of(function: Callable[..., None], data: str, **arguments: Any) -> float:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        function(data, Path(folder), **arguments)
        return time.perf_counter() - start


def measure_rate(data: str, copies: int, repeat: int) -> None:
    """Prints the seconds of each round, and the ratios within it."""
    with tempfile.TemporaryDirectory() as folder:
        files = 0
        for name, content in copies_of(data, copies):
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            files += 1
        time_of(run_ingest, data)  # loads modules that are loaded once
        print(f"| round | bare loop, s | ingest, s | rate | {files:,} files, s ", end="")
        print("| two workers, s | speed-up |\n|---|---:|---:|---:|---:|---:|---:|", flush=True)
        ratios = []
        for number in range(1, repeat + 1):
            bare, one = time_of(run_bare_loop, data), time_of(run_ingest, data)
            many, two = time_of(run_ingest, folder), time_of(run_ingest, folder, workers=2)
            ratios.append((bare / one, many / two))
            print(
                f"| {number} | {bare:.1f} | {one:.1f} | {bare / one:.2f} | {many:.1f} "
                f"| {two:.1f} | {many / two:.2f} |",
                flush=True,
            )
    rate, speed_up = map(statistics.median, zip(*ratios, strict=True))
    print(f"| median | | | {rate:.2f} | | | {speed_up:.2f} |")


def write_archive(data: str, copies: int, path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in copies_of(data, copies):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def peak_memory() -> float:
    """Returns the peak memory of this process, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak) / 1024


def ingest_alone(data: str, results: Any) -> None:
    """Reports the seconds of one ingest and the peak memory of its process, in MiB."""
    import components.utkface_example_gen.component  # noqa: F401 - not part of the ingest's time

    results.put((time_of(run_ingest, data), peak_memory()))


def measure_growth(data: str) -> None:
    """Prints the seconds and the peak memory by the number of copies."""
    print("| copies | seconds | of one copy | peak memory, MiB | of one copy |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    context = multiprocessing.get_context("spawn")
    first = None
    for copies, repeat in _COPIES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "copies.tar"
            write_archive(data, copies, path)
            results = context.Queue()
            for _ in range(repeat):
                process = context.Process(target=ingest_alone, args=(str(path), results))
                process.start()
                process.join()
        measured = [results.get() for _ in range(repeat)]
        seconds, peak = map(statistics.median, zip(*measured, strict=True))
        first = first or (seconds, peak)
        print(
            f"| {copies} | {seconds:.1f} | {seconds / first[0]:.2f} | {peak:.0f} | "
            f"{peak / first[1]:.2f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("rate", "growth"))
    parser.add_argument("--data", required=True, help="a .tar or .tar.gz of UTKFace files")
    parser.add_argument("--copies", type=int, default=3, help="of each file, for rate")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.what == "rate":
        measure_rate(arguments.data, arguments.copies, arguments.repeat)
    else:
        measure_growth(arguments.data)


if __name__ == "__main__":
    sys.exit(main())
