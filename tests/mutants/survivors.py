"""Prints the mutants of a session of cosmic-ray that no test kills: survivors.py SESSION.

Exits with 1 if more than 15% survive. cosmic-ray's own reports count skipped mutants as killed.
"""

import sys

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome

_MOST = 0.15


def main(session: str) -> int:
    """Prints the survivors and the share of killed mutants; returns the exit code."""
    made = survived = 0
    with use_db(session, WorkDB.Mode.open) as db:
        for item, result in db.completed_work_items:
            if result.worker_outcome is WorkerOutcome.SKIPPED:
                continue
            made += 1
            if result.test_outcome is TestOutcome.KILLED:
                continue
            survived += 1
            (mutation,) = item.mutations
            print(f"{mutation.module_path}, line {mutation.start_pos[0]}:")
            changed = (line for line in result.diff.splitlines() if line[:1] in ("-", "+"))
            print(*(f"  {line}" for line in changed if line[:3] not in ("---", "+++")), sep="\n")
    print(f"{made - survived} of {made} mutants killed ({1 - survived / max(1, made):.1%})")
    return int(not made or survived > _MOST * made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
