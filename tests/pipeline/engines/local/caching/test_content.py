"""Digests of data and named files follow contents, not times."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from components.ingest.sources import source
from pipeline.engines.local.caching.content import digest_data, digest_named_files
from tests.object_stores import client_of, registered, s3_server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "faces"
    (data / "part1").mkdir(parents=True)
    (data / "part1" / "a.jpg").write_bytes(b"one")
    (data / "part1" / os.fsdecode(b"\xff.jpg")).write_bytes(b"two")
    return data


def digest(path: Path | str, *, follow_links: bool = False) -> str:
    return digest_data([source.resolve(str(path))], follow_links=follow_links)


def test_a_change_that_keeps_size_and_time_changes_the_digest(folder: Path) -> None:
    before, path = digest(folder), folder / "part1" / "a.jpg"
    times = path.stat()
    path.write_bytes(b"One")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_mtime_ns == times.st_mtime_ns
    assert digest(folder) != before
    path.write_bytes(b"one")
    assert digest(folder) == before


@pytest.mark.parametrize("change", ["rename", "add", "remove"])
def test_names_count(folder: Path, change: str) -> None:
    before, path = digest(folder), folder / "part1" / "a.jpg"
    if change == "rename":
        path.rename(path.with_name("b.jpg"))
    elif change == "add":
        (folder / "c.jpg").touch()
    else:
        path.unlink()
    assert digest(folder) != before


def test_links_out_of_the_folder_count_only_if_they_are_followed(
    folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"three")
    (folder / "link.jpg").symlink_to(outside)
    before = digest(folder), digest(folder, follow_links=True)
    outside.write_bytes(b"Three")
    assert digest(folder) == before[0]
    assert digest(folder, follow_links=True) != before[1]


def test_a_file_that_cannot_be_read_counts(folder: Path) -> None:
    before = digest(folder)
    os.mkfifo(folder / "pipe.jpg")
    assert digest(folder) != before


def test_files_that_properties_name_are_found_also_in_json(tmp_path: Path) -> None:
    schema, weights = tmp_path / "schema.pbtxt", tmp_path / "a.keras"
    archive = tmp_path / "faces.zip"
    for path in (schema, weights, archive):
        path.write_text("before")
    properties = {
        "schema_file": str(schema),
        "custom_config": json.dumps({"pretrained": {"weights": str(weights)}, "paths": [1]}),
        "manifest": f"{archive}!/labels.csv",
        "span": 3,
        "folder": str(tmp_path),
        "text": "[no JSON",
        "bad": "a\0/b",
        "hook": "https://example.org/x",
        "gone": str(tmp_path / "gone"),
    }
    before = digest_named_files(properties)
    assert before.keys() == {str(schema), str(weights), str(archive)}
    weights.write_text("After!")
    after = digest_named_files(properties)
    assert {path for path in before if before[path] != after[path]} == {str(weights)}


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_server() as server, client_of(server), registered():
        boto3.client("s3").create_bucket(Bucket="faces")
        yield "faces"


def test_a_file_on_a_store_counts_by_its_version(bucket: str) -> None:
    client = boto3.client("s3")
    for name, body in (("day/a.jpg", b"one"), ("day/b/c.jpg", b"two"), ("other.jpg", b"three")):
        client.put_object(Bucket=bucket, Key=name, Body=body)
    before = digest(f"s3://{bucket}/day")
    client.put_object(Bucket=bucket, Key="other.jpg", Body=b"Three")
    assert digest(f"s3://{bucket}/day") == before
    client.put_object(Bucket=bucket, Key="day/b/c.jpg", Body=b"Two")
    assert digest(f"s3://{bucket}/day") != before
    manifest = f"s3://{bucket}/other.jpg"
    found = digest_named_files({"manifest": manifest, "folder": f"s3://{bucket}/day"})
    assert found.keys() == {manifest}
