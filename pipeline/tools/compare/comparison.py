"""Runs a comparison from start to finish."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import filelock
from rich.console import Console

from components.errors import InputError
from pipeline.console.terminal import print_text
from pipeline.layout import check_no_wildcards
from pipeline.tools.compare import trainings
from pipeline.tools.compare.aggregation import Comparison
from pipeline.tools.compare.candidates import Candidate
from pipeline.tools.compare.child import run_child
from pipeline.tools.compare.splits import Splits, find_splits
from pipeline.tools.compare.table import print_comparison, to_markdown
from trainer.measuring import json_values

# The folder for computing the data's digests, with its log; kept if that fails.
_DATA_FOLDER = ".data"
# The folder for copies of splits on an object store.
_COPIES = ".splits"


def result_name(split: str) -> str:
    """Returns the name of a split's table, plot and JSON, without a suffix."""
    return f"comparison-{split}"


def compare(
    candidates: Sequence[Candidate],
    seeds: Sequence[int],
    *,
    root: Path,
    split: str,
    output: Path,
    console: Console,
    verbose: bool = False,
) -> bool:
    """Trains every task without a result, and writes a table and a plot of all results.

    Args:
      candidates: the candidates to compare.
      seeds: the seeds to train each candidate with.
      root: the root with the run whose splits are used.
      split: the split to measure on.
      output: the folder of the comparison; an earlier comparison is continued.
      console: the console for the progress and the table.
      verbose: whether to show the log of the trainings.

    Returns:
      Whether all tasks have a result; failed tasks are reported.

    Raises:
      InputError: if there is no run, or the folder holds other files.
      ChildError: if the data cannot be read.
    """
    root, output = root.absolute(), output.absolute()
    check_no_wildcards(root)
    splits = find_splits(root, split)
    with _lock_folder(output), splits.on_disk(output / trainings.FOLDER / _COPIES) as local:
        digests = _digest_data(local, output, console)
        tasks = trainings.plan(candidates, seeds, local, split, digests, output)
        trained = trainings.train(tasks, console, verbose=verbose)
        if any(trained.results.values()):
            comparison = Comparison.of(trained.results, trained.failed)
            _write_results(comparison, tasks, splits, output, console)
        print_text(
            console,
            f"{trained.trained} of {len(tasks)} measured now, {len(trained.failed)} failed; "
            f"results in {output}",
        )
    return not trained.failed


@contextlib.contextmanager
def _lock_folder(output: Path) -> Iterator[None]:
    """Creates the folder and locks it."""
    try:
        names = {path.name for path in output.iterdir()} if output.exists() else set()
        if names and trainings.FOLDER not in names:
            raise InputError(
                f"{output}: expected an empty folder, or the folder of an earlier comparison; it "
                f"contains {min(names)}. Choose another --output."
            )
        (output / trainings.FOLDER).mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(output / trainings.FOLDER / ".lock")
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise InputError(
            f"{output}: expected no other comparison in this folder; one is in progress. Wait for "
            "it, or choose another --output."
        ) from None
    except OSError as error:
        raise InputError(f"{output}: expected a writable folder; {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()


def _digest_data(splits: Splits, output: Path, console: Console) -> dict[str, str]:
    paths = f"{splits.train_files}, {splits.eval_files}, {splits.examples}"
    print_text(console, f"reading the examples at {paths}")
    request = {
        "train_files": [splits.train_files],
        "eval_files": [splits.eval_files],
        "examples": [splits.examples],
    }
    folder = output / trainings.FOLDER / _DATA_FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    result = folder / "data.json"
    digests: dict[str, str] = run_child(
        "trainer.measuring.data:describe_data", request, result, console=console
    )
    shutil.rmtree(folder, ignore_errors=True)
    return digests


def _write_results(
    comparison: Comparison,
    tasks: Sequence[trainings.Task],
    splits: Splits,
    output: Path,
    console: Console,
) -> None:
    # Matplotlib takes a second to import.
    from pipeline.tools.compare.plot import draw_comparison

    results = {
        task.name: str(task.result.relative_to(output))
        for task in tasks
        if task.name not in comparison.failed
    }
    document = {**comparison.to_dict(), "files": asdict(splits), "results": results}
    name = result_name(comparison.split)
    json_values.write(output / f"{name}.json", document)
    (output / f"{name}.md").write_text(to_markdown(comparison), encoding="utf-8")
    (output / f"{name}.svg").write_bytes(draw_comparison(comparison))
    print_comparison(comparison, console)
