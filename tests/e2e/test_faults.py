"""A run that a fault ends, at any component, is continued by the same command."""

import itertools
from pathlib import Path

import pytest

from pipeline.tools.sample import write_samples
from tests.faults import chain
from tests.lanes import only_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow, only_in("current", "faults are tested")]


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
    with chain.small_disk() as disk:
        root = disk / "root"
        components = chain.components(folder / "whole")
        plan = list(zip(components, itertools.cycle(chain.FAULTS), strict=False))
        for component, fault in plan:
            ended = chain.run_with_fault(folder, root, fault, component)
            chain.assert_ended_well(ended, fault)
        ended = chain.run(folder, root)
        assert ended.code == 0, ended.output
        assert chain.model_digests(root) == chain.model_digests(folder / "whole")
        assert len(chain.states(root)) == len(components)
        assert chain.leftovers(root) == []
