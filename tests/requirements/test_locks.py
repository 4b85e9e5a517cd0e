"""Every requirement in the locks is pinned and hashed, and no package index is named.

The runtime locks have nothing that only tests or notebooks need.
"""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pins(lock: Path) -> dict[str, str]:
    """Returns the lines of a lock, keyed by "name==version" without extras."""
    lines = lock.read_text().replace("\\\n", " ").splitlines()
    requirements = [line for line in lines if not line.lstrip().startswith("#")]
    return {re.sub(r"\[.*?\]| .*", "", line): line for line in requirements}


LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_and_hashed(lock: Path) -> None:
    assert "://" not in lock.read_text()
    for pin, line in pins(lock).items():
        assert re.fullmatch(r"[a-z0-9-]+==[a-z0-9.]+", pin)
        assert re.search(r" --hash=sha256:[0-9a-f]{64}\b", line)
    needed = {"pip", "setuptools", "tfx"}
    if lock.name == "uv.txt":
        needed = {"uv"}
    elif lock.stem.endswith("-test"):
        needed = {"pytest", "uv", "pip-audit"}
    assert needed <= {pin.split("==")[0] for pin in pins(lock)}


@pytest.mark.parametrize("lane", ["legacy", "current"])
def test_runtime_locks_have_nothing_that_only_tests_or_notebooks_need(lane: str) -> None:
    plain, tests = (pins(ROOT / f"requirements/{name}.txt") for name in (lane, f"{lane}-test"))
    runtime, added = ({pin.split("==")[0] for pin in lock} for lock in (plain, tests))
    assert not runtime & added
    _, block = (ROOT / "pyproject.toml").read_text().split("\ndev = [\n")
    wanted = re.findall(r'^ +"([\w-]+)', block.partition("\n]\n")[0], re.MULTILINE)
    assert {"pytest", "uv"} < {name.lower() for name in wanted} <= added
    # The client and the core of Jupyter serve nothing; TFMA's imports need them.
    servers = {one for one in runtime if re.match(r"(jupyter|notebook|nbconvert)", one)}
    assert servers <= {"jupyter-client", "jupyter-core"}


def test_uv_is_the_same_in_every_lock() -> None:
    uv = {pin for lock in LOCKS for pin in pins(lock) if pin.startswith("uv==")}
    assert len(uv) == 1


@pytest.mark.parametrize("lane", ["legacy", "current"])
def test_gpu_locks_only_add_nvidia_packages_to_the_plain_locks(lane: str) -> None:
    plain, gpu = (set(pins(ROOT / f"requirements/{name}.txt")) for name in (lane, f"{lane}-gpu"))
    assert plain < gpu
    assert all(added.startswith("nvidia-") for added in gpu - plain)


def test_no_tracked_file_names_an_index_or_a_mirror() -> None:
    """The user chooses the package index."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    pattern = (
        r"index-[u]rl|trusted-[h]ost|[p]ypi\.(org|python)|python[h]osted|[a-z]+\.[d]ebian\.org"
    )
    found = subprocess.run(
        ["git", "grep", "-IinE", pattern, "--", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert (found.returncode, found.stdout) == (1, "")
