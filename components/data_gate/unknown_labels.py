"""Finds labels that no schema knows: their files never become examples that it could refuse."""

from collections import Counter
from collections.abc import Iterator

from tfx import types

from components.data_gate.finding import Finding
from components.data_gate.judging import judge
from components.data_gate.settings import ShareLimits
from components.utkface_example_gen.artifact import read_quarantined_for, read_summary
from components.utkface_example_gen.rejection import RejectedFile


def check_unknown_labels(ledger: types.Artifact, limits: ShareLimits) -> Iterator[Finding]:
    """Says which labels lie outside their ranges, such as a race of a new code.

    Args:
      ledger: of the ingest; it quarantined the files.
      limits: of their share in the listed files.
    """
    summary = read_summary(ledger.uri)
    count = summary.by_reason.get(RejectedFile.LABEL_OUT_OF_RANGE, 0)
    share = count / summary.listed if summary.listed else 0.0
    level, limit = judge(share, limits)
    if limit is None:
        return
    problems: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row in read_quarantined_for(ledger.uri, RejectedFile.LABEL_OUT_OF_RANGE):
        problem = row.detail.partition(" in ")[0]
        problems[problem] += 1
        names.setdefault(problem, row.name)
    for problem, files in problems.most_common():
        yield Finding(
            level=level,
            check="labels",
            where="files",
            found=share,
            limit=limit,
            message=f"{problem} in {files:,} of {summary.listed:,}, such as {names[problem]}. "
            "These are quarantined. Mend the names or schema/corrections.csv, or teach the schema "
            "and trainer/features.py what is new",
        )
