"""The folder of the local copies that the launcher of Kubeflow Pipelines makes."""

import pytest

from pipeline.engines.kubeflow.pod import staging


@pytest.mark.parametrize(
    ("variable", "folder"), [(None, ""), ("/", ""), ("/scratch/", "/scratch"), ("none", None)]
)
def test_the_staging_folder_is_the_root_unless_a_variable_sets_it(
    monkeypatch, variable: str | None, folder: str | None
) -> None:
    monkeypatch.delenv(staging.STAGING_VARIABLE, raising=False)
    if variable is not None:
        monkeypatch.setenv(staging.STAGING_VARIABLE, variable)
    assert staging.staging_folder() == folder
