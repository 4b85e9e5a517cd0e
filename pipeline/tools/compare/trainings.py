"""Trains and measures what has no result yet."""

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
from trainer.measuring import json_values as measure_json

FOLDER = "trainings"
_DIGITS = 16

# What trainer.measuring.measure gives.
Result = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One training to be measured.

    Attributes:
      candidate: what to train.
      seed: with which seed.
      folder: of this training; the same whenever it would be the same training.
      result: the file for the result.
      request: for trainer.measuring.measure.
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
        """Returns the result; None if there is none, or it is of other data."""
        found = measure_json.read_if_whole(self.result)
        same = isinstance(found, dict) and found.get("key") == self.request["key"]
        return found if same else None


@dataclass(frozen=True)
class Trained:
    """What there is once all that could be trained was trained.

    Attributes:
      results: by the name of the candidate and the seed.
      failed: the names of the tasks that have none.
      trained: how many were made now.
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
    """Lists all trainings, a seed of each candidate before the next seed.

    Args:
      candidates: what to compare.
      seeds: trains each candidate with each of them.
      splits: the files.
      split: the name of the one to measure on.
      digests: of trainer.measuring.data.
      output: the folder of the comparison.
    """
    tasks = []
    folders: dict[str, Path] = {}
    for seed in seeds:
        for candidate in candidates:
            settings = candidate.with_seed(seed).model_dump(mode="json")
            training = _digest(digests["training"], settings)
            name = f"{candidate.name}-seed{seed}"
            # Two names may stand for the same settings.
            folder = folders.setdefault(training, _folder(output / FOLDER, name, training))
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
    """Trains and measures what has no result yet, one after the other.

    A training that fails is told of, and the others go on.
    """
    results: dict[str, dict[int, Result]] = {task.candidate.name: {} for task in tasks}
    failed, trained = [], 0
    for number, task in enumerate(tasks, start=1):
        found = task.read()
        if found:
            print_text(console, f"kept {task.name}")
        else:
            print_text(console, f"{number} of {len(tasks)}: {task.name}")
            try:
                found = run_child(
                    "trainer.measuring.measure",
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
        results[task.candidate.name][task.seed] = found
    return Trained(results, tuple(failed), trained)


def _folder(parent: Path, name: str, digest: str) -> Path:
    """Returns the folder of a training, under whatever name it was trained before."""
    short = digest[:_DIGITS]
    return next(iter(sorted(parent.glob(f"*-{short}"))), parent / f"{name}-{short}")


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
