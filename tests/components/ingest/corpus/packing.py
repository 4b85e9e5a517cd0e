"""Packs the corpus into a folder, a tar or a zip."""

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.components.ingest.corpus.kind import Kind

_TYPES = {
    stat.S_IFREG: tarfile.REGTYPE,
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
}
CONTAINERS = {"corpus": "folder", "corpus.tar": "tar", "corpus.tar.gz": "tar", "corpus.zip": "zip"}


def pack(kinds: Sequence[Kind], path: Path) -> list[Kind]:
    """Packs kinds into a folder or an archive, sorted by name.

    Args:
      kinds: kinds to pack; kinds that the container cannot hold are skipped.
      path: path that does not exist yet; its name is a key of CONTAINERS.

    Returns:
      The packed kinds.
    """
    container = CONTAINERS[path.name]
    chosen = sorted(
        (kind for kind in kinds if container in kind.containers), key=lambda kind: kind.name
    )
    if container == "folder":
        path.mkdir()
        return [kind for kind in chosen if kind.put_into(path)]
    if container == "tar":
        with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
            for kind in chosen:
                _add_to_tar(tar, kind)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for kind in chosen:
                _add_to_zip(archive, kind)
    return chosen


def _add_to_tar(tar: tarfile.TarFile, kind: Kind) -> None:
    info = tarfile.TarInfo(os.fsdecode(kind.name))
    info.type = _TYPES[kind.mode]
    if kind.mode == stat.S_IFLNK:
        info.linkname = os.fsdecode(kind.content)
    elif kind.mode == stat.S_IFREG:
        info.size = len(kind.content)
    tar.addfile(info, io.BytesIO(kind.content))


def _add_to_zip(archive: zipfile.ZipFile, kind: Kind) -> None:
    folder = kind.mode == stat.S_IFDIR
    info = zipfile.ZipInfo(kind.name.decode() + ("/" if folder else ""))
    info.external_attr = kind.mode << 16
    archive.writestr(info, kind.content)
