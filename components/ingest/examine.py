"""Looks at one file: its name, its labels, its bytes; every file has an outcome."""

import hashlib
from dataclasses import dataclass

from components.ingest.labels import names
from components.ingest.labels.corrections import Corrections
from components.ingest.labels.curated_entries import NamedFile
from components.ingest.labels.names import Labels
from components.ingest.labels.takedowns import Takedowns
from components.ingest.ledger.rejection import RejectedFile
from components.ingest.pictures import images
from components.ingest.pictures.images import ImageLimits, Picture
from components.ingest.sources.reading import ImageFile
from trainer.tasks import TASKS

# The labels of a name that reads well, and is wrong.
LABELS_CORRECTED = "labels-corrected"
# The first digit of the digest of a file whose colour is measured. To measure all would take a
# fifth of the ingest's time, and some tell as well what share of the pictures is grey.
_COLOUR_DIGITS = "01"


@dataclass(frozen=True)
class Rules:
    """What a file is held against.

    Attributes:
      limits: of pictures.
      corrections: labels of files whose names are known to be wrong.
      takedowns: files that must not be used.
    """

    limits: ImageLimits
    corrections: Corrections
    takedowns: Takedowns


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What is known of a file after a look at it.

    Attributes:
      name: its path, relative to the source.
      source: the folder, glob or archive that it was found by.
      sha256: of its bytes; None if they were not read to the end.
      size: in bytes; None if it could not be found out.
      labels: None if it was rejected.
      picture: None if it was rejected.
      repairs: codes of what was changed; empty if nothing was.
      reason: a code of RejectedFile.REASONS; empty if it was not rejected.
      detail: why it was rejected.
      named: the entry of the corrections, and of the takedowns, that names it.
    """

    name: str
    source: str = ""
    sha256: str | None = None
    size: int | None = None
    labels: Labels | None = None
    picture: Picture | None = None
    repairs: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""
    named: tuple[NamedFile, ...] = ()


def examine(file: ImageFile, rules: Rules) -> Examined:
    """Looks at a file; whatever it holds, it has an outcome."""
    name, source = file.relative_name or file.path, file.source
    if file.data is None:
        return Examined(
            name=name, source=source, size=file.size, reason=file.reason, detail=file.error
        )
    sha256, size = hashlib.sha256(file.data).hexdigest(), len(file.data)
    named = tuple(
        NamedFile(setting, entry, name, source, sha256)
        for setting, entry in (
            ("corrections_file", rules.corrections.find(file.path)),
            ("takedowns_file", rules.takedowns.find(file.path)),
        )
        if entry is not None
    )
    try:
        labels, repairs = _labels(file, sha256, rules)
        picture = images.examine(file.data, rules.limits, colour=_takes_part(sha256))
    except RejectedFile as error:
        return Examined(
            name=name,
            source=source,
            sha256=sha256,
            size=size,
            reason=error.reason,
            detail=error.detail,
            named=named,
        )
    return Examined(
        name=name,
        source=source,
        sha256=sha256,
        size=size,
        labels=labels,
        picture=picture,
        repairs=(*repairs, *picture.repairs),
        named=named,
    )


def _takes_part(sha256: str) -> bool:
    """Returns whether to measure a file's colour: of one in eight, the same on each run."""
    return sha256[0] in _COLOUR_DIGITS


def _labels(file: ImageFile, sha256: str, rules: Rules) -> tuple[Labels, tuple[str, ...]]:
    if rules.takedowns.forbids(file.path, sha256):
        raise RejectedFile(RejectedFile.TAKEDOWN, "its removal was asked for")
    entry = rules.corrections.find(file.path)
    if entry is None:
        return names.parse(file.name), ()
    corrected = rules.corrections.by_name[entry].labels
    try:
        return {**names.parse(file.name), **corrected}, (LABELS_CORRECTED,)
    except RejectedFile as error:
        if len(corrected) < len(TASKS):
            raise
        return corrected, (error.reason,)
