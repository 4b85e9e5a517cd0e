"""Checks of the data path before any heavy library is loaded."""

from pathlib import Path

import pytest
import s3fs

from components.errors import InputError
from pipeline.console.exit_codes import ExitCode
from pipeline.engines.local.launch import check_data, check_schema, launch
from pipeline.settings.config import ConfigError, load_config
from tests.object_stores import client_of, s3_server


@pytest.mark.parametrize("data", ["", "/", "/a.tar.gz", "/*.tar.gz", "/?.*", "/sub/*"])
def test_an_existing_folder_file_or_glob_passes(tmp_path: Path, data: str) -> None:
    (tmp_path / "a.tar.gz").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "1.jpg").touch()
    check_data([f"{tmp_path}{data}"])


@pytest.mark.parametrize("data", ["/none", "/none.tar", "/*.jpg", "/no/such/folder"])
def test_a_missing_path_is_refused(tmp_path: Path, data: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_data([str(tmp_path), f"{tmp_path}{data}"])
    assert str(caught.value) == (
        "data: expected a folder, a glob or an archive of UTKFace files; "
        f"{tmp_path}{data} is not there"
    )


def test_a_span_path_passes_if_any_span_exists(tmp_path: Path) -> None:
    (tmp_path / "span-7").mkdir()
    check_data([f"{tmp_path}/span-{{SPAN}}"])
    with pytest.raises(ConfigError, match="is not there"):
        check_data([f"{tmp_path}/part-{{SPAN}}"])


def test_an_existing_name_with_brackets_passes(tmp_path: Path) -> None:
    (tmp_path / "faces[1]").mkdir()
    check_data([f"{tmp_path}/faces[1]"])


@pytest.mark.parametrize("data", ["gs://bucket/faces", "ram://nowhere"])
def test_another_file_system_passes_without_a_check(data: str) -> None:
    check_data([data])


def test_only_a_store_that_answers_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server() as server, client_of(server):
        # Whether the bucket and the file exist is known only later.
        check_data(["s3://no-such-bucket/x.tar", "minio://no-such-bucket/faces/{SPAN}"])
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        s3fs.S3FileSystem.clear_instance_cache()
        with pytest.raises(InputError, match=r"s3://b/x.tar: .* EndpointConnectionError: .*:9/b"):
            check_data(["s3://b/x.tar"])


def test_a_missing_or_invalid_schema_is_refused_before_a_run_is_opened(tmp_path: Path, capsys):
    (tmp_path / "a.jpg").touch()
    config = load_config(
        data=str(tmp_path / "a.jpg"), root=str(tmp_path / "root"), schema_file=f"{tmp_path}/none"
    )
    assert launch(config) is ExitCode.BAD_INPUT
    assert capsys.readouterr().err == (
        f"Error: schema_file: expected a schema, a .pbtxt file; {tmp_path}/none is not there\n"
    )
    (tmp_path / "none").write_text("feature { name: 'age' typ: INT }")
    assert launch(config) is ExitCode.BAD_INPUT
    assert capsys.readouterr().err.startswith(
        f"Error: schema_file: {tmp_path}/none: expected a schema as text, such as "
        "schema/schema.pbtxt; found at 1:23 : "
    )
    assert not (tmp_path / "root").exists()
    check_schema(load_config(data="/d").schema_file)
    check_schema("gs://bucket/schema.pbtxt")
    with pytest.raises(InputError, match="expected a path on this machine, or on an object store"):
        check_schema("https://host/schema.pbtxt")
