"""URIs, and the paths of the local copies of what they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines import staged_paths

PAIRS = [
    ("gs://bucket/a/b", "/gcs/bucket/a/b"),
    ("s3://bucket/a", "/s3/bucket/a"),
    ("minio://mlpipeline/v2/artifacts", "/minio/mlpipeline/v2/artifacts"),
]


@pytest.mark.parametrize(("uri", "path"), PAIRS)
@pytest.mark.parametrize("folder", ["", "/scratch/step"])
def test_uris_and_local_paths_convert_to_each_other(uri: str, path: str, folder: str) -> None:
    assert staged_paths.to_local(uri, folder) == f"{folder}{path}"
    assert staged_paths.to_uri(f"{folder}{path}", folder) == uri


@pytest.mark.parametrize("text", ["/data/faces", "oci://x/y", "gcs/bucket", "", "see gs://a/b"])
def test_other_text_is_unchanged(text: str) -> None:
    assert staged_paths.to_local(text, "") == text
    assert staged_paths.to_uri(text, "") == text


def test_a_path_outside_the_staging_folder_is_unchanged() -> None:
    assert staged_paths.to_uri("/gcs/bucket/a", "/scratch") == "/gcs/bucket/a"


@given(st.sampled_from(["gs", "s3", "minio"]), st.text(min_size=1).filter(lambda s: "\n" not in s))
def test_any_uri_survives_a_round_trip(scheme: str, key: str) -> None:
    uri = f"{scheme}://{key}"
    assert staged_paths.to_uri(staged_paths.to_local(uri, "/x"), "/x") == uri


@pytest.mark.parametrize("folder", ["", "/scratch/staging"])
def test_a_message_shows_uris_in_place_of_staging_paths(folder: str) -> None:
    text = f"Look at {folder}/minio/b/report/findings.html. Not at /data/minio/x, nor /data/s3/y."
    told = staged_paths.name_uris(text, folder)
    assert told == "Look at minio://b/report/findings.html. Not at /data/minio/x, nor /data/s3/y."
