"""The folders of the artifacts of a root, and the room that their files take."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from components.storage import files, s3
from components.storage.remote_places import reaching

# COMPONENT/OUTPUT/EXECUTION; TFX's own folders begin with a dot.
_FOLDER = re.compile(r"[^/.][^/]*/[^/.][^/]*/\d+")


def artifact_folders(artifacts: str) -> list[str]:
    """Returns the folders of all artifacts, relative to a folder and sorted.

    Args:
      artifacts: the folder, possibly on an object store.
    """
    if files.is_remote(artifacts):
        paths = {"/".join(name.split("/")[:3]) for name, _ in _remote_files(artifacts)}
    else:
        base = Path(artifacts)
        paths = {str(path.relative_to(base)) for path in base.glob("*/*/*") if path.is_dir()}
    return sorted(filter(_FOLDER.fullmatch, paths), key=_age)


def system_folders(artifacts: str) -> list[str]:
    """Returns the folders that TFX makes for each execution beside the artifacts, on a disk."""
    if files.is_remote(artifacts):
        return []
    base = Path(artifacts)
    found = base.glob("*/.system/executor_execution/*")
    return sorted(str(path.relative_to(base)) for path in found if path.name.isdigit())


def freed_bytes(base: str, folders: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Returns the bytes on disk that become free if folders are removed, all together.

    A file with several hard links counts once, and only if no link to it is left elsewhere.

    Args:
      base: the folder that the folders are relative to, possibly on an object store.
      folders: folders or files by group.

    Returns:
      Bytes by group.
    """
    if files.is_remote(base):
        group_of = {folder: group for group, several in folders.items() for folder in several}
        freed = Counter(dict.fromkeys(folders, 0))
        for name, size in _remote_files(base) if group_of else ():
            parts = name.split("/")
            heads = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
            if head := next((one for one in heads if one in group_of), None):
                freed[group_of[head]] += size
        return dict(freed)
    links: Counter[tuple[int, int]] = Counter()
    groups: dict[tuple[int, int], str] = {}
    facts: dict[tuple[int, int], os.stat_result] = {}
    for group, several in folders.items():
        for folder in several:
            for found in _local_files(Path(base, folder)):
                key = found.st_dev, found.st_ino
                links[key] += 1
                groups.setdefault(key, group)
                facts[key] = found
    freed = Counter(dict.fromkeys(folders, 0))
    for key, found in facts.items():
        if links[key] == found.st_nlink:
            freed[groups[key]] += found.st_blocks * 512
    return dict(freed)


def tree_bytes(path: str) -> int:
    """Returns the bytes that become free if a file or a folder is removed; see freed_bytes."""
    if files.is_remote(path):
        return sum(size for _, size in _remote_files(path))
    base, _, name = path.rpartition("/")
    return freed_bytes(base, {path: [name]})[path]


def _age(folder: str) -> tuple[int, str]:
    return int(folder.rpartition("/")[2]), folder


def _local_files(path: Path) -> Iterator[os.stat_result]:
    if not path.is_dir() or path.is_symlink():
        yield path.lstat()
        return
    for folder, _, names in os.walk(path):
        yield from (Path(folder, name).lstat() for name in names)


def _remote_files(folder: str) -> Iterator[tuple[str, int]]:
    """Yields the name and the size of each file under a folder of a store."""
    key = folder.partition("://")[2].rstrip("/")
    prefix = f"{key.partition('/')[2]}/"
    with reaching(folder):
        for page in s3.pages(key):
            for entry in page.get("Contents", ()):
                yield entry["Key"].removeprefix(prefix), entry["Size"]
