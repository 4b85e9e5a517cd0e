"""URIs and the local copies that the launcher makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.kubeflow.pod import staging

PAIRS = [
    ("gs://bucket/a/b", "/gcs/bucket/a/b"),
    ("s3://bucket/a", "/s3/bucket/a"),
    ("minio://mlpipeline/v2/artifacts", "/minio/mlpipeline/v2/artifacts"),
]


@pytest.mark.parametrize(("uri", "path"), PAIRS)
@pytest.mark.parametrize("folder", ["", "/scratch/step"])
def test_uris_and_local_paths_convert_to_each_other(uri: str, path: str, folder: str) -> None:
    assert staging.to_local(uri, folder) == f"{folder}{path}"
    assert staging.to_uri(f"{folder}{path}", folder) == uri


@pytest.mark.parametrize("text", ["/data/faces", "oci://x/y", "gcs/bucket", "", "see gs://a/b"])
def test_other_text_is_unchanged(text: str) -> None:
    assert staging.to_local(text, "") == text
    assert staging.to_uri(text, "") == text


def test_a_path_outside_the_staging_folder_is_unchanged() -> None:
    assert staging.to_uri("/gcs/bucket/a", "/scratch") == "/gcs/bucket/a"


@given(st.sampled_from(["gs", "s3", "minio"]), st.text(min_size=1).filter(lambda s: "\n" not in s))
def test_any_uri_survives_a_round_trip(scheme: str, key: str) -> None:
    uri = f"{scheme}://{key}"
    assert staging.to_uri(staging.to_local(uri, "/x"), "/x") == uri


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


@pytest.mark.parametrize("folder", ["", "/scratch/staging"])
def test_a_message_shows_uris_in_place_of_staging_paths(folder: str) -> None:
    text = f"Look at {folder}/minio/b/report/findings.html. Not at /data/minio/x, nor /data/s3/y."
    told = staging.name_uris(text, folder)
    assert told == "Look at minio://b/report/findings.html. Not at /data/minio/x, nor /data/s3/y."
