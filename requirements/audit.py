"""Audits the locks for known vulnerabilities: `make audit`.

pip-audit asks its advisory service about every lock. Where the service cannot be reached, pip-audit
finds nothing, so the pins are always compared with `advisories.yaml` as well. An affected pin fails
the audit unless `advisories.yaml` allows it, with a reason and a date that is not past.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from pydantic import BaseModel, ConfigDict, Field

HERE = Path(__file__).parent
# Seconds for a connection. pip-audit tries several times.
_TIMEOUT_S = 5


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str


class Advisory(_Entry):
    """An advisory; `affected` has a range of versions in each item."""

    id: str
    aliases: tuple[str, ...] = ()
    affected: tuple[str, ...] = Field(min_length=1)
    fixed_in: str = "no version yet"
    summary: str


class Allowed(_Entry):
    """Advisories that may affect a package until a date, and the reason."""

    ids: tuple[str, ...] = Field(min_length=1)
    until: date
    reason: str = Field(min_length=20)


class Advisories(BaseModel):
    """The file of advisories; `checked` is the date when somebody last completed it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checked: date
    advisories: tuple[Advisory, ...]
    allowed: tuple[Allowed, ...]


@dataclass(frozen=True)
class Finding:
    """A pin that an advisory affects; `ids` has all names of the advisory."""

    lock: str
    package: str
    version: str
    ids: frozenset[str]
    advice: str

    def __str__(self) -> str:
        ids = ", ".join(sorted(self.ids))
        return f"{self.lock}: {self.package} {self.version}: {ids}: {self.advice}"


def read_pins(lock: Path) -> dict[str, set[str]]:
    """Returns the versions of each package in a lock; there are several if it has markers."""
    pins: dict[str, set[str]] = {}
    for line in re.findall(r"^[a-z0-9].*?(?= *\\?$)", lock.read_text(), re.MULTILINE):
        requirement = Requirement(line)
        (version,) = (one.version for one in requirement.specifier)
        pins.setdefault(requirement.name, set()).add(version)
    return pins


def find_by_file(lock: Path, advisories: Iterable[Advisory]) -> Iterator[Finding]:
    """Compares a lock with the advisories of the file."""
    pins = read_pins(lock)
    for advisory in advisories:
        for version in sorted(pins.get(advisory.package, ())):
            if any(SpecifierSet(one).contains(version, True) for one in advisory.affected):
                advice = f"{advisory.summary} Fixed in {advisory.fixed_in}."
                ids = frozenset((advisory.id, *advisory.aliases))
                yield Finding(lock.name, advisory.package, version, ids, advice)


def find_by_service(lock: Path) -> list[Finding] | None:
    """Asks the service of pip-audit; returns None if it cannot be reached."""
    # This service fails if it cannot be reached. pip-audit's other one then skips every package.
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv"]
    command += ["--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
    command += ["--timeout", str(_TIMEOUT_S), "--requirement", str(lock)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return None
    return [
        Finding(
            lock=lock.name,
            package=one["name"],
            version=one["version"],
            ids=frozenset((found["id"], *found["aliases"])),
            advice=f"Fixed in {', '.join(found['fix_versions']) or 'no version yet'}.",
        )
        for one in dependencies
        for found in one.get("vulns", ())
    ]


def judge(findings: Iterable[Finding], allowed: Iterable[Allowed], today: date) -> list[str]:
    """Returns why the audit fails, one line each.

    Args:
      findings: the affected pins of all locks.
      allowed: the exceptions.
      today: exceptions of an earlier date do not count.
    """
    faults, used = [], set()
    for finding in findings:
        matching = [
            one
            for one in allowed
            if one.package == finding.package and finding.ids.intersection(one.ids)
        ]
        used.update((one, id_) for one in matching for id_ in finding.ids)
        if not matching:
            faults.append(f"{finding} Upgrade it, or allow it with a reason and a date.")
        elif all(one.until < today for one in matching):
            faults.append(f"{finding} It was allowed until {matching[0].until}: look at it again.")
    faults += [
        f"allowed: no pin of {one.package} is affected by {id_}: remove it."
        for one in allowed
        for id_ in one.ids
        if (one, id_) not in used
    ]
    return faults


def main(folder: Path = HERE) -> int:
    """Audits the locks of a folder and prints the result; returns the exit code."""
    known = Advisories.model_validate(yaml.safe_load((folder / "advisories.yaml").read_text()))
    today = date.today()
    locks = sorted(folder.glob("*.txt"))
    findings = [one for lock in locks for one in find_by_file(lock, known.advisories)]
    reached = True
    for lock in locks:
        found = find_by_service(lock) if reached else None
        reached = found is not None
        findings += found or ()
    faults = judge(findings, known.allowed, today)
    if not reached:
        age = (today - known.checked).days
        print(
            "#" * 80,
            "# ADVISORY SERVICE NOT REACHED. Only the advisories of this file were considered:",
            f"# requirements/advisories.yaml, {len(known.advisories)} advisories, "
            f"completed {age} days ago ({known.checked}).",
            "#" * 80,
            sep="\n",
        )
    for fault in sorted(set(faults)):
        print(f"audit: {fault}")
    if not faults:
        until = min((one.until for one in known.allowed), default="no date")
        print(f"audit: {len(locks)} locks have only allowed advisories, the first until {until}.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
