"""Compares the file of decoded examples with np.memmap.

    python benchmarks/decoded_examples.py --rounds 9

All read the same rows in the same random order, in batches of 32, in turns in one process: a
hundredth of the rows from the disk, as in a training whose images do not fit into memory, and all
rows from the page cache of the operating system. `MADV_RANDOM` tells the system not to read ahead.
Prints a Markdown table of the medians of the rounds.

- disk, cache: microseconds per row.
- read / asked: bytes that came from the disk, over bytes of the rows.
- resident: growth of the memory of the process, in MiB, after it has read all rows.
"""

import argparse
import mmap
import os
import re
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from trainer import features
from trainer.data.spool import Spool

_BATCH_SIZE = 32
_ROWS = {
    "pixels": np.dtype((np.uint8, features.IMAGE_SHAPE)),
    "numbers": np.dtype([("labels", "i8", (3,)), ("mean", "f4", (3,)), ("scale", "f4", (3,))]),
}


class EvictableSpool(Spool):
    """Reads as the training does."""

    def evict(self) -> None:
        """Drops the rows from the page cache."""
        os.fsync(self._file.fileno())
        os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class MappedSpool(EvictableSpool):
    """Reads through np.memmap."""

    _rows: np.ndarray | None = None

    def read(self, positions: np.ndarray) -> np.ndarray:
        if self._rows is None:
            self._rows = self.map()
        return self._rows[positions]

    def map(self) -> np.ndarray:
        return np.memmap(self._file, self.row.base, "r", shape=(len(self), *self.row.shape))

    def evict(self) -> None:
        self._rows = None
        super().evict()


class AdvisedSpool(MappedSpool):
    """Reads through the same kind of mapping, without read-ahead."""

    def map(self) -> np.ndarray:
        mapping = mmap.mmap(self._file.fileno(), 0, prot=mmap.PROT_READ)
        mapping.madvise(mmap.MADV_RANDOM)
        return np.frombuffer(mapping, self.row.base).reshape(len(self), *self.row.shape)


def read_number(file: str, name: str) -> int:
    """Returns a number that /proc has about this process."""
    text = Path("/proc/self", file).read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def measure(spool: EvictableSpool, order: np.ndarray) -> dict[str, float]:
    """Reads a hundredth of the rows from the disk, and all from the page cache."""
    spool.evict()
    read, resident = read_number("io", "read_bytes"), read_number("status", "VmRSS")
    some = order[: len(order) // 100]
    disk = read_all(spool, some)
    read = read_number("io", "read_bytes") - read
    read_all(spool, order)
    return {
        "disk": disk,
        "cache": read_all(spool, order),
        "read": read / (len(some) * spool.row.itemsize),
        "resident": (read_number("status", "VmRSS") - resident) / 1024,
    }


def read_all(spool: Spool, order: np.ndarray) -> float:
    """Returns microseconds per row."""
    start = time.perf_counter()
    for first in range(0, len(order), _BATCH_SIZE):
        spool.read(order[first : first + _BATCH_SIZE])
    return (time.perf_counter() - start) / len(order) * 1e6


def fill(spool: Any, number: int) -> Any:
    random = np.random.default_rng(0)
    content = random.integers(0, 256, (number // 100, spool.row.itemsize), np.uint8)
    rows = content.view(spool.row.base).reshape(-1, *spool.row.shape)
    for _ in range(100):
        spool.append(rows)
    return spool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000, help="default: 20000")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    arguments = parser.parse_args()
    print("| rows | | cache, µs | ratio | disk, µs | ratio | read / asked | resident, MiB |")
    print(f"|---|---|{'---:|' * 6}", flush=True)
    for name, row in _ROWS.items():
        kinds = {
            "ours": EvictableSpool(row),
            "np.memmap": MappedSpool(row),
            "and MADV_RANDOM": AdvisedSpool(row),
        }
        spools = {kind: fill(spool, arguments.rows) for kind, spool in kinds.items()}
        order = np.random.default_rng(1).permutation(len(spools["ours"]))
        measured = defaultdict(list)
        for _ in range(arguments.rounds):
            for kind, spool in spools.items():
                measured[kind].append(measure(spool, order))
        medians = {
            kind: {key: statistics.median(one[key] for one in each) for key in each[0]}
            for kind, each in measured.items()
        }
        for kind, found in medians.items():
            cells = [name, kind]
            for where in ("cache", "disk"):
                ratio = found[where] / medians["ours"][where]
                cells += [f"{found[where]:.2f}", f"{ratio:.2f}"]
            cells += [f"{found['read']:.1f}", f"{found['resident']:.0f}"]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
