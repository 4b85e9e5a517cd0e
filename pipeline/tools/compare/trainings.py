"""Trains and measures every candidate and seed that has no result yet."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from pipeline.console.terminal import print_text
from pipeline.tools.compare.candidates import Candidate
from pipeline.tools.compare.child import ChildError, run_child
from pipeline.tools.compare.splits import Splits
from trainer.measuring import json_values

FOLDER = "trainings"
_DIGITS = 16

# The result of trainer.measuring.measure.
Result = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One training to measure.

    Attributes:
      candidate: the candidate to train.
      seed: the seed to train with.
      folder: the folder of the training; equal trainings share a folder.
      result: the file of the result.
      request: the request to trainer.measuring.measure.
    """

    candidate: Candidate
    seed: int
    folder: Path
    result: Path
    request: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.candidate.name}, seed {self.seed}"

    def read(self) -> Result | None:
        """Returns the result; None if there is none, or it belongs to other data."""
        result = json_values.read_if_complete(self.result)
        same = isinstance(result, dict) and result.get("key") == self.request["key"]
        return result if same else None


@dataclass(frozen=True)
class Trained:
    """The results of all trainings that succeeded.

    Attributes:
      results: by the name of the candidate and the seed.
      failed: the names of the tasks without a result.
      trained: the number of trainings in this call.
    """

    results: Mapping[str, Mapping[int, Result]]
    failed: tuple[str, ...]
    trained: int


def plan(
    candidates: Sequence[Candidate],
    seeds: Sequence[int],
    splits: Splits,
    split: str,
    digests: Mapping[str, str],
    output: Path,
) -> list[Task]:
    """Lists all trainings, with every candidate of a seed before the next seed.

    Args:
      candidates: the candidates to compare.
      seeds: the seeds to train each candidate with.
      splits: the files of the splits.
      split: the name of the split to measure on.
      digests: the digests of trainer.measuring.data.
      output: the folder of the comparison.
    """
    tasks = []
    folders: dict[str, Path] = {}
    for seed in seeds:
        for candidate in candidates:
            settings = candidate.with_seed(seed).model_dump(mode="json")
            training = _digest(digests["training"], settings)
            name = f"{candidate.name}-seed{seed}"
            # Two names may have the same settings.
            folder = folders.setdefault(training, _find_folder(output / FOLDER, name, training))
            request = {
                "settings": settings,
                **asdict(splits),
                "split": split,
                "folder": str(folder),
                "code": digests["code"],
                "key": _digest(training, digests["measured"]),
            }
            for files in ("train_files", "eval_files", "examples"):
                request[files] = [request[files]]
            result = folder / f"result-{split}.json"
            tasks.append(Task(candidate, seed, folder, result, request))
    return tasks


def train(tasks: Sequence[Task], console: Console, *, verbose: bool = False) -> Trained:
    """Trains and measures every task without a result, one after another.

    A failed training is reported, and the other trainings continue.
    """
    results: dict[str, dict[int, Result]] = {task.candidate.name: {} for task in tasks}
    failed, trained = [], 0
    for number, task in enumerate(tasks, start=1):
        result = task.read()
        if result:
            print_text(console, f"kept {task.name}")
        else:
            print_text(console, f"{number} of {len(tasks)}: {task.name}")
            try:
                result = run_child(
                    "trainer.measuring.measure:measure",
                    task.request,
                    task.result,
                    console=console,
                    verbose=verbose,
                )
                trained += 1
            except ChildError as error:
                print_text(console, f"Failed: {task.name}: {error}", "red")
                failed.append(task.name)
                continue
        results[task.candidate.name][task.seed] = result
    return Trained(results, tuple(failed), trained)


def _find_folder(parent: Path, name: str, digest: str) -> Path:
    """Returns the folder of a training, even if it was trained under another name."""
    short = digest[:_DIGITS]
    return next(iter(sorted(parent.glob(f"*-{short}"))), parent / f"{name}-{short}")


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
