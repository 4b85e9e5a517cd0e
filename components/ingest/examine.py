"""Examines a file: its labels, its image, and its row in the ledger."""

import hashlib
from dataclasses import fields
from typing import Any, NamedTuple

from components.ingest.labels import names
from components.ingest.labels.curated_entries import NamedFile
from components.ingest.labels.label_source import FileLabels, label_file
from components.ingest.ledger.rows import LedgerRow, Status
from components.ingest.pictures import formats, images
from components.ingest.pictures.images import Picture
from components.ingest.plan import IngestPlan
from components.ingest.rejection import RejectedFile
from components.ingest.sources.reading import ImageFile
from components.ingest.splits import assign_split

# First digit of the digest of files whose color is measured. Measuring all files would take a
# fifth of the ingest's time, and a sample shows the share of gray images as well.
_COLOR_DIGITS = "01"
_PICTURE_FIELDS = {field.name for field in fields(LedgerRow)} & {
    field.name for field in fields(Picture)
}


class Examined(NamedTuple):
    """The result of examining a file, before duplicates are decided.

    Attributes:
      row: row of the ledger.
      picture: the image; None if the file was rejected.
      named: entries of the corrections and takedowns that name the file.
    """

    row: LedgerRow
    picture: Picture | None = None
    named: tuple[NamedFile, ...] = ()


def examine(file: ImageFile, plan: IngestPlan) -> Examined:
    """Examines a file; any content has an outcome."""
    name = file.relative_name or file.path
    known: dict[str, Any] = {
        "name": name,
        "source": file.source,
        "size": file.size,
        "declared_format": formats.by_suffix(name),
    }
    if file.data is None:
        return Examined(LedgerRow.quarantined(file.reason, file.error, **known))
    sha256 = hashlib.sha256(file.data).hexdigest()
    known |= {"sha256": sha256, "size": len(file.data)}
    entries = {
        "corrections_file": plan.corrections.index.find(file.path),
        "takedowns_file": plan.takedowns.index.find(file.path),
    }
    named = tuple(
        NamedFile(setting, entry, name, file.source, sha256)
        for setting, entry in entries.items()
        if entry is not None
    )
    try:
        labels = _label(file, sha256, plan)
        picture = images.examine(
            file.data, plan.settings.pictures, with_color=sha256[0] in _COLOR_DIGITS
        )
    except RejectedFile as error:
        return Examined(LedgerRow.quarantined(error.reason, error.detail, **known), named=named)
    repairs = (*labels.repairs, *picture.repairs)
    row = LedgerRow(
        **known,
        status=(Status.REPAIRED if repairs else Status.ACCEPTED).value,
        reason=", ".join(repairs),
        group=picture.perceptual_hash,
        split=assign_split(picture.perceptual_hash, plan.buckets),
        labels=labels.labels or None,
        **{name: getattr(picture, name) for name in _PICTURE_FIELDS},
    )
    return Examined(row, picture, named)


def _label(file: ImageFile, sha256: str, plan: IngestPlan) -> FileLabels:
    """Returns the labels of a file; none if a manifest has them, which is joined later."""
    if plan.settings.labels.manifest:
        return FileLabels({})
    return label_file(
        file.path,
        sha256,
        lambda: FileLabels(names.parse(file.name)),
        corrections=plan.corrections,
        takedowns=plan.takedowns,
    )
