"""Looks at all files, one after the other or by several processes at once."""

import collections
import concurrent.futures
import concurrent.futures.process
import contextlib
import multiprocessing
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from components.errors import ResourceError
from components.ingest.examine import Examined, Rules, examine
from components.ingest.sources.reading import ImageFile

# What a process is given at once, and how many such parcels are under way: enough to keep it
# busy, too little to fill the memory.
_PARCEL_BYTES = 1 << 18
_PARCEL_FILES = 64
_PARCELS_PER_WORKER = 3


def scan(files: Iterable[ImageFile], rules: Rules, *, workers: int = 1) -> Iterator[Examined]:
    """Yields what is known of each file, in the order they come.

    Args:
      files: read one at a time, as they are needed.
      rules: what they are held against.
      workers: processes; 1 is this one.

    Raises:
      ResourceError: if one of the processes is killed.
    """
    if workers == 1:
        yield from (examine(file, rules) for file in files)
        return
    with _without_main_module(), _pool(workers, rules) as pool:
        under_way: collections.deque[_UnderWay] = collections.deque()
        for parcel in _parcels(files):
            under_way.append(_UnderWay(parcel, pool.submit(_examine_all, parcel)))
            if len(under_way) >= workers * _PARCELS_PER_WORKER:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()


@contextlib.contextmanager
def _pool(workers: int, rules: Rules) -> Iterator[concurrent.futures.Executor]:
    pool = concurrent.futures.ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_set_rules,
        initargs=(rules,),
    )
    try:
        yield pool
    except concurrent.futures.process.BrokenProcessPool as error:
        raise ResourceError(
            "A process that looks at files was killed, most often because memory ran out. Free "
            f"memory, or set ingest.workers to less than {workers}. Python says: {error}"
        ) from error
    finally:
        # They end while this process goes on.
        pool.shutdown(wait=False, cancel_futures=True)


class _UnderWay(NamedTuple):
    parcel: list[ImageFile]
    found: concurrent.futures.Future[list[Examined]]

    def result(self) -> Iterator[Examined]:
        for file, found in zip(self.parcel, self.found.result(), strict=True):
            if found.picture and found.picture.data is None:
                _set_data(found, file.data)
            yield found


def _parcels(files: Iterable[ImageFile]) -> Iterator[list[ImageFile]]:
    parcel: list[ImageFile] = []
    size = 0
    for file in files:
        parcel.append(file)
        size += len(file.data or b"")
        if size >= _PARCEL_BYTES or len(parcel) == _PARCEL_FILES:
            yield parcel
            parcel, size = [], 0
    if parcel:
        yield parcel


_rules: Rules | None = None


def _set_rules(rules: Rules) -> None:
    global _rules
    _rules = rules


def _examine_all(files: Sequence[ImageFile]) -> list[Examined]:
    assert _rules is not None
    all_found = [examine(file, _rules) for file in files]
    for file, found in zip(files, all_found, strict=True):
        # What the other side has already need not be sent there.
        if found.picture and found.picture.data is file.data:
            _set_data(found, None)
    return all_found


def _set_data(found: Examined, data: bytes | None) -> None:
    object.__setattr__(found.picture, "data", data)


@contextlib.contextmanager
def _without_main_module() -> Iterator[None]:
    """Keeps a new process from loading what this one was started with: TFX, as a rule."""
    main = sys.modules["__main__"]
    spec, path = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    main.__spec__ = None
    if path is not None:
        del main.__file__
    try:
        yield
    finally:
        main.__spec__ = spec
        if path is not None:
            main.__file__ = path
