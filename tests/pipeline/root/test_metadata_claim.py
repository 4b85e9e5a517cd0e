"""A root keeps its metadata store, and names it for commands that only know the root."""

import json
import shutil
from pathlib import Path

import pytest

from components.errors import InputError
from pipeline.root.metadata_claim import check_claim, claim_store, read_claim
from pipeline.settings.metadata import SQLITE

URL = "mysql://me@database:3306/records"


def test_the_first_run_claims_a_key_that_later_runs_keep(tmp_path: Path) -> None:
    check_claim(tmp_path, URL)
    assert read_claim(tmp_path) is None
    claim = claim_store(tmp_path, URL)
    assert claim == claim_store(tmp_path, URL) == read_claim(tmp_path)
    assert (claim.url, claim.root) == (URL, str(tmp_path))
    assert len(claim.key) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["metadata.json"]


def test_sqlite_needs_no_claim(tmp_path: Path) -> None:
    assert claim_store(tmp_path, SQLITE) is None
    assert not [*tmp_path.iterdir()]


def test_a_root_with_runs_in_sqlite_is_refused_for_a_server(tmp_path: Path) -> None:
    (tmp_path / "metadata.db").touch()
    with pytest.raises(InputError) as error:
        check_claim(tmp_path, URL)
    assert str(error.value) == (
        f"metadata: expected sqlite, which has the earlier runs of {tmp_path}; found {URL}. Set "
        "it, or choose another --root."
    )


@pytest.mark.parametrize("other", [SQLITE, "mysql://me@elsewhere/records"])
def test_a_root_with_runs_on_a_server_is_refused_for_another_store(
    tmp_path: Path, other: str
) -> None:
    claim_store(tmp_path, URL)
    with pytest.raises(InputError) as error:
        claim_store(tmp_path, other)
    assert str(error.value) == (
        f"metadata: expected {URL}, which has the earlier runs of {tmp_path}; found {other}. Set "
        "it, or choose another --root. If the database has moved, correct "
        f"{tmp_path}/metadata.json."
    )


def test_a_moved_root_keeps_its_key_and_a_copy_is_refused(tmp_path: Path) -> None:
    original, moved = tmp_path / "original", tmp_path / "moved"
    original.mkdir()
    key = claim_store(original, URL).key
    shutil.move(original, moved)
    claim = claim_store(moved, URL)
    assert (claim.key, claim.root) == (key, str(moved))
    copy = tmp_path / "copy"
    shutil.copytree(moved, copy)
    with pytest.raises(
        InputError, match=r"it is a copy of .*/moved, and both would write"
    ) as error:
        check_claim(copy, URL)
    assert f"Remove {copy}/metadata.json to begin new records" in str(error.value)
    # The same folder under another path is no copy.
    (tmp_path / "link").symlink_to(moved)
    check_claim(tmp_path / "link", URL)
    (copy / "metadata.json").unlink()
    assert claim_store(copy, URL).key != key


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ('{"url": "mysql://me@h/d"}', "missing 2 required positional arguments"),
        (json.dumps({"url": "sqlite", "key": "k", "root": "/"}), "expected the URL of a server"),
        (
            json.dumps({"url": "mysql://me:hidden@h/d", "key": "k", "root": "/"}),
            "found a password in the URL",
        ),
    ],
)
def test_a_damaged_claim_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "metadata.json").write_text(text)
    with pytest.raises(InputError) as error:
        read_claim(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/metadata.json: expected the metadata server")
    assert reason in str(error.value)
    assert "hidden" not in str(error.value)
