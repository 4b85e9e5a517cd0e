"""Looks at all files, one after the other or by several processes at once."""

import collections
import concurrent.futures
import contextlib
import itertools
import multiprocessing
import sys
from collections.abc import Iterable, Iterator, Sequence

from components.utkface_example_gen.examine import Examined, Rules, examine
from components.utkface_example_gen.reading import ImageFile

# Files that a process is given at once, and how many such parcels are under way: enough to
# keep it busy, too little to fill the memory.
_PARCEL = 16
_PARCELS_PER_WORKER = 4


def scan(files: Iterable[ImageFile], rules: Rules, *, workers: int = 1) -> Iterator[Examined]:
    """Yields what is known of each file, in the order they come.

    Args:
      files: read one at a time, as they are needed.
      rules: what they are held against.
      workers: processes; 1 is this one.
    """
    if workers == 1:
        yield from (examine(file, rules) for file in files)
        return
    remaining = iter(files)
    parcels = iter(lambda: list(itertools.islice(remaining, _PARCEL)), [])
    context = multiprocessing.get_context("spawn")
    with (
        _without_main_module(),
        concurrent.futures.ProcessPoolExecutor(
            workers, mp_context=context, initializer=_set_rules, initargs=(rules,)
        ) as pool,
    ):
        under_way: collections.deque[concurrent.futures.Future[list[Examined]]] = (
            collections.deque()
        )
        for parcel in parcels:
            under_way.append(pool.submit(_examine_all, parcel))
            if len(under_way) >= workers * _PARCELS_PER_WORKER:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()


_rules: Rules | None = None


def _set_rules(rules: Rules) -> None:
    global _rules
    _rules = rules


def _examine_all(files: Sequence[ImageFile]) -> list[Examined]:
    assert _rules is not None
    return [examine(file, _rules) for file in files]


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
