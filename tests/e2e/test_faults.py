"""A run that a fault ends, at any component, is continued by the same command."""

import contextlib
import itertools
from pathlib import Path

import pytest

from pipeline.tools.sample import write_samples
from tests.faults import chain
from tests.lanes import only_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow, only_in("legacy", "faults are tested")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with faces and settings, and a finished run in `whole`."""
    folder = tmp_path_factory.mktemp("faults")
    write_samples(folder / "faces", count=chain.IMAGES, seed=3)
    (folder / "settings.yaml").write_text(chain.SETTINGS)
    ended = chain.run(folder, folder / "whole")
    assert ended.code == 0, ended.output
    return folder


def test_a_fault_at_each_component_leaves_a_root_that_the_next_run_completes(folder):
    components = chain.components(folder / "whole")
    missing = chain.unavailable()
    faults = [fault for fault in chain.FAULTS if fault not in missing]
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(chain.small_disk()) if chain.FULL_DISK in faults else folder
        root = disk / "root"
        for component, fault in zip(components, itertools.cycle(faults), strict=False):
            ended = chain.run_with_fault(folder, root, fault, component)
            chain.assert_ended_well(ended, fault)
        ended = chain.run(folder, root)
        assert ended.code == 0, ended.output
        whole = chain.model_digests(folder / "whole")
        assert len(whole) == 1
        assert chain.find_problems(root, len(components), whole) == []
    if missing:
        reasons = "; ".join(f"{fault} ({reason})" for fault, reason in missing.items())
        pytest.skip(f"the other faults passed; this process cannot cause {reasons}")
