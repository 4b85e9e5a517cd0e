"""All kinds of damaged and unusual files, and the plan that ingests them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from components.ingest.labels.label_source import LABELS_CORRECTED
from components.ingest.plan import IngestPlan
from components.ingest.rejection import RejectedFile
from components.ingest.settings import IngestSettings
from tests.components.ingest.corpus import names, objects
from tests.components.ingest.corpus.jpegs import BROKEN, JPEGS
from tests.components.ingest.corpus.kind import ACCEPTED, Kind, Outcome, quarantined, repaired
from tests.components.ingest.corpus.others import MOST_BYTES, OTHERS
from tests.components.ingest.corpus.pngs import PNGS
from tests.components.ingest.drawn import encode, photo

BUCKETS = {"train": 70, "eval": 10, "test": 20}
TAKEDOWN = quarantined(RejectedFile.TAKEDOWN)
DUPLICATE = quarantined(RejectedFile.DUPLICATE)
CONFLICT = quarantined(RejectedFile.LABEL_CONFLICT)
_TAKEN_DOWN, _TWICE, _TORN = (encode(photo()) for _ in range(3))
_FORBIDDEN_NAME = "70_0_0_20170116174525001.jpg"
_CORRECTED = {
    "71_1_20170116174525002.jpg": RejectedFile.LABEL_MISSING,
    "171_1_1_20170116174525003.jpg": RejectedFile.LABEL_OUT_OF_RANGE,
    "a face.jpg": RejectedFile.NAME_GRAMMAR,
    "72_1_1_20170116174525004.jpg": LABELS_CORRECTED,
}


def _pictures() -> Iterator[Kind]:
    """Yields the images, each with a valid name of the data set."""
    kinds = [
        *((f"JPEG: {what}", ".jpg.chip.jpg", *rest) for what, rest in JPEGS.items()),
        *((f"PNG: {what}", ".png", *rest) for what, rest in PNGS.items()),
        *((f"other: {what}", ".jpg", *rest) for what, rest in OTHERS.items()),
        ("a PNG that is called JPEG", ".jpg", encode(photo(), "PNG"), ACCEPTED),
        ("a JPEG that is called PNG", ".png", encode(photo()), ACCEPTED),
        ("half a JPEG that is called PNG", ".png", encode(photo())[8:], BROKEN),
    ]
    for number, (what, suffix, content, outcome) in enumerate(kinds):
        name = f"{20 + number % 60}_{number % 2}_{number % 5}_20170116174526{number:03d}{suffix}"
        yield Kind(what=what, name=name.encode(), content=content, outcome=outcome)


def _known(what: str, name: str, content: bytes, outcome: Outcome, alone: Outcome) -> Kind:
    return Kind(what=what, name=name.encode(), content=content, outcome=outcome, alone=alone)


KINDS = (
    *names.KINDS,
    *objects.KINDS,
    *_pictures(),
    *(
        Kind(
            what=f"corrected for {problem}",
            name=name.encode(),
            outcome=repaired(problem),
            content=encode(photo()),
        )
        for name, problem in _CORRECTED.items()
    ),
    _known("taken down by name", _FORBIDDEN_NAME, encode(photo()), TAKEDOWN, TAKEDOWN),
    _known("taken down by digest", f"73_1_1_{names.STAMP}.jpg", _TAKEN_DOWN, TAKEDOWN, TAKEDOWN),
    _known("first of two", f"80_0_0_{names.STAMP[:16]}.jpg", _TWICE, ACCEPTED, ACCEPTED),
    _known("second of two", f"80_0_0_{names.STAMP[:17]}.jpg", _TWICE, DUPLICATE, ACCEPTED),
    _known("one of two labels", f"81_0_0_{names.STAMP}.jpg", _TORN, CONFLICT, ACCEPTED),
    _known("other of two labels", f"82_0_0_{names.STAMP}.jpg", _TORN, CONFLICT, ACCEPTED),
)


def plan(folder: Path) -> IngestPlan:
    """Returns the plan for the corpus; writes its corrections and takedowns into the folder."""
    corrections, takedowns = folder / "corrections.csv", folder / "takedowns.txt"
    rows = "".join(f"{name},71,1,0,two sources\n" for name in _CORRECTED)
    corrections.write_text(f"file_name,age,gender,race,reason\n{rows}")
    digest = hashlib.sha256(_TAKEN_DOWN).hexdigest()
    takedowns.write_text(f"{_FORBIDDEN_NAME}\n{digest}\n")
    settings = IngestSettings(
        pictures={"max_bytes": MOST_BYTES},
        corrections_file=str(corrections),
        takedowns_file=str(takedowns),
    )
    return IngestPlan.of(settings, BUCKETS)
