"""`make audit` on locks with planted pins, and on the locks of the project."""

import runpy
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
HASH = f"--hash=sha256:{'0' * 64}"
ADVISORY = {
    "id": "CVE-2025-0001",
    "aliases": ["GHSA-aaaa-bbbb-cccc"],
    "package": "weak",
    "affected": [">=1.2,<1.4", ">=2.0,<2.1"],
    "fixed_in": "1.4",
    "summary": "Runs anything.",
}


class Audit:
    """A copy of the script, with locks and advisories of the test."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.service: list[Any] | None = None
        self.script = runpy.run_path(str(REQUIREMENTS / "audit.py"), run_name="audit")
        monkeypatch.setitem(self.script["main"].__globals__, "find_by_service", self._ask)
        self.lock("current", "weak==1.4", "strong==0.1")
        self.write()

    def lock(self, name: str, *pins: str) -> None:
        text = "".join(f"{pin} \\\n    {HASH}\n    # via tfx\n" for pin in pins)
        (self.folder / f"{name}.txt").write_text(text)

    def write(self, *allowed: dict[str, Any], checked: date | None = None) -> None:
        written = {
            "checked": checked or date.today(),
            "advisories": [ADVISORY],
            "allowed": list(allowed),
        }
        (self.folder / "advisories.yaml").write_text(yaml.safe_dump(written))

    def _ask(self, lock: Path) -> list[Any] | None:
        self.asked.append(lock.name)
        return self.service

    def found(self, package: str, version: str, *ids: str) -> Any:
        return self.script["Finding"]("current.txt", package, version, frozenset(ids), "Fixed.")


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    return Audit(tmp_path, monkeypatch)


def allow(days: int, *ids: str, package: str = "weak") -> dict[str, Any]:
    until = date.today() + timedelta(days=days)
    return {
        "ids": list(ids),
        "package": package,
        "until": until,
        "reason": "Nothing calls the fault.",
    }


def run(audit: Audit, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = audit.script["main"](audit.folder)
    return code, capsys.readouterr().out


@pytest.mark.parametrize(
    ("pin", "affected"),
    [
        ("weak==1.1.9", False),
        ("weak==1.2", True),
        ("weak==1.3.9rc1", True),
        ("weak[extra]==1.3 ; python_version < '3.12'", True),
        ("weak==1.4", False),
        ("weak==2.0.5", True),
        ("weakly==1.3", False),
    ],
)
def test_a_vulnerable_pin_fails(
    audit: Audit, capsys: pytest.CaptureFixture[str], pin: str, affected: bool
) -> None:
    audit.lock("legacy", "strong==1", pin)
    code, shown = run(audit, capsys)
    assert code == affected
    version = pin.split("==")[1].split()[0]
    expected = (
        f"audit: legacy.txt: weak {version}: CVE-2025-0001, GHSA-aaaa-bbbb-cccc: Runs anything. "
        "Fixed in 1.4. Upgrade it, or allow it with a reason and a date.\n"
    )
    assert (expected in shown) == affected


def test_an_allowed_advisory_passes_until_its_date(
    audit: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    audit.lock("legacy", "weak==1.3")
    for days, code in ((1, 0), (0, 0), (-1, 1)):
        # An alias is enough.
        audit.write(allow(days, "GHSA-aaaa-bbbb-cccc"))
        found, shown = run(audit, capsys)
        assert found == code
    assert f"allowed until {date.today() - timedelta(days=1)}: look at it again." in shown
    audit.write(allow(1, "CVE-2025-0001", package="strong"))
    assert run(audit, capsys)[0] == 1  # allowed for another package


def test_an_exception_without_use_fails(audit: Audit, capsys: pytest.CaptureFixture[str]) -> None:
    audit.write(allow(1, "CVE-2025-0001"))
    code, shown = run(audit, capsys)
    assert code == 1
    assert "allowed: no pin of weak is affected by CVE-2025-0001: remove it." in shown


def test_an_unreachable_service_is_reported_with_the_age_of_the_file(
    audit: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    audit.lock("legacy", "strong==1")
    audit.write(checked=date.today() - timedelta(days=40))
    code, shown = run(audit, capsys)
    assert code == 0
    assert "# ADVISORY SERVICE NOT REACHED." in shown
    assert "1 advisories, completed 40 days ago" in shown
    assert audit.asked == ["current.txt"]  # later locks would wait for it, too


def test_findings_of_the_service_count(audit: Audit, capsys: pytest.CaptureFixture[str]) -> None:
    audit.service = []
    assert run(audit, capsys) == (
        0,
        "audit: 1 locks have only allowed advisories, the first until no date.\n",
    )
    audit.service = [audit.found("strong", "0.1", "PYSEC-2026-1", "CVE-2026-1")]
    code, shown = run(audit, capsys)
    assert code == 1
    assert "audit: current.txt: strong 0.1: CVE-2026-1, PYSEC-2026-1: Fixed. Upgrade it" in shown
    audit.write(allow(9, "CVE-2026-1", package="strong"))
    assert run(audit, capsys)[0] == 0


def test_the_locks_of_the_project_pass_unless_a_pin_is_made_worse(
    audit: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (*REQUIREMENTS.glob("*.txt"), REQUIREMENTS / "advisories.yaml"):
        shutil.copy(path, audit.folder)
    code, shown = run(audit, capsys)
    assert code == 0, shown
    lock = audit.folder / "current.txt"
    better = lock.read_text()
    (urllib3,) = audit.script["read_pins"](lock)["urllib3"]
    lock.write_text(better.replace(f"urllib3=={urllib3}", "urllib3==2.6.1"))
    code, shown = run(audit, capsys)
    assert code == 1
    assert "current.txt: urllib3 2.6.1: CVE-2026-44432, GHSA-mf9v-mfxr-j63j" in shown
