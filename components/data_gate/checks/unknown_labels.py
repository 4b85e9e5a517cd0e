"""Finds labels out of range. Their files never become examples, so the schema never sees them."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from tfx import types

from components.data_gate.checks.limits import judge
from components.data_gate.checks.settings import ShareLimits
from components.data_gate.finding import Finding, Level, UnknownLabel
from components.ingest.labels.names import OutOfRange, out_of_range, own_name, read
from components.ingest.outcome import read_rows, read_summary
from components.ingest.rejection import RejectedFile

_MOST_TYPOS = 2


def check_unknown_labels(ledger: types.Artifact, limits: ShareLimits) -> Iterator[Finding]:
    """Yields the labels that are out of range, such as the code of a new race.

    Args:
      ledger: ledger of the ingest, which quarantined the files.
      limits: limits on the share of listed files with the same label out of range.
    """
    summary = read_summary(ledger.uri)
    problems: Counter[OutOfRange] = Counter()
    names: dict[OutOfRange, str] = {}
    if summary.by_reason.get(RejectedFile.LABEL_OUT_OF_RANGE):
        for row in read_rows(ledger.uri, containing=RejectedFile.LABEL_OUT_OF_RANGE):
            if row.reason != RejectedFile.LABEL_OUT_OF_RANGE:
                continue
            with contextlib.suppress(RejectedFile):  # the labels are in a manifest
                if problem := out_of_range(read(own_name(row.name))):
                    problems[problem] += 1
                    names.setdefault(problem, row.name)
    for problem, files in problems.most_common():
        share = files / summary.listed
        level, limit = judge(share, limits)
        if limit is None:
            continue
        yield Finding(
            # One or two files may be typos, however few files are listed.
            level=level if files > _MOST_TYPOS else Level.WARN,
            check="labels",
            where="files",
            found=share,
            limit=limit,
            facts=UnknownLabel(problem, files, summary.listed, names[problem]),
        )
