"""No damage to an entry of the history or to its files is loaded as if it were none."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import InputError
from components.history.registry import BLESSED_MODEL, Entry, History

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


class Recorded:
    """A history with one entry, which `damage` restores first."""

    def __init__(self, folder: Path):
        (folder / "model" / "variables").mkdir(parents=True)
        (folder / "model" / "saved_model.pb").write_bytes(b"graph")
        (folder / "model" / "variables" / "data").write_bytes(b"weights")
        self._history = History(f"{folder}/history")
        self.entry = self._history.record(
            BLESSED_MODEL, f"{folder}/model", span=4, properties={"schema": "0" * 64}
        )
        self.folder = Path(self.entry.folder)
        self._copy = folder / "copy"
        shutil.copytree(self.folder, self._copy)
        self.document: dict[str, Any] = json.loads((self.folder / "entry.json").read_text())

    def restore(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self._copy, self.folder)

    def load(self) -> Entry | None:
        """Returns the entry if its document and files are accepted; None if it is left out."""
        entry = self._history.latest(BLESSED_MODEL)
        if entry:
            entry.check()
        return entry

    def assert_refused_by_name(self) -> None:
        with pytest.raises(InputError) as caught:
            self.load()
        assert str(caught.value).startswith(f"{self.folder}")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(tmp_path_factory.mktemp("history"))


@settings(max_examples=60)
@given(st.sampled_from(["saved_model.pb", "variables/data"]), st.binary(max_size=9))
def test_a_file_with_other_bytes_is_refused(recorded: Recorded, name: str, data: bytes) -> None:
    recorded.restore()
    path = recorded.folder / "files" / name
    if data != path.read_bytes():
        path.write_bytes(data)
        recorded.assert_refused_by_name()
        path.unlink()
        recorded.assert_refused_by_name()


@settings(max_examples=100)
@given(st.sampled_from(["format", "span", "properties", "sha256"]), _JSON)
def test_a_changed_value_is_refused_or_leaves_the_files_checked(
    recorded: Recorded, key: str, value: Any
) -> None:
    recorded.restore()
    document = {**recorded.document, key: value}
    (recorded.folder / "entry.json").write_text(json.dumps(document))
    (recorded.folder / "files" / "saved_model.pb").write_bytes(b"other")
    # Entries of earlier releases have no digests.
    if key != "sha256" or value != {}:
        recorded.assert_refused_by_name()


@pytest.mark.parametrize("key", ["properties", "sha256"])
@pytest.mark.parametrize("value", [None, [], {"saved_model.pb": None}, {"saved_model.pb": 1}, "a"])
def test_damaged_properties_and_digests_are_refused(
    recorded: Recorded, key: str, value: Any
) -> None:
    recorded.restore()
    (recorded.folder / "entry.json").write_text(json.dumps({**recorded.document, key: value}))
    recorded.assert_refused_by_name()


@pytest.mark.parametrize("name", ["", "variables", "../files", "a\0b", "\ud800", "/etc/passwd"])
def test_a_digest_of_no_file_is_refused(recorded: Recorded, name: str) -> None:
    recorded.restore()
    document = {**recorded.document, "sha256": {name: "0" * 64}}
    (recorded.folder / "entry.json").write_text(json.dumps(document))
    recorded.assert_refused_by_name()


@settings(max_examples=60)
@given(st.data())
def test_a_document_cut_anywhere_is_never_loaded(recorded: Recorded, data: st.DataObject) -> None:
    recorded.restore()
    whole = (recorded.folder / "entry.json").read_bytes()
    cut = whole[: data.draw(st.integers(0, len(whole) - 3))]
    (recorded.folder / "entry.json").write_bytes(cut)
    assert recorded.load() is None


@pytest.mark.parametrize("text", [b"[" * 99_999, b'"a"', b"null", b"NaN", b"[]", b"{}", b"7"])
def test_a_document_of_something_else_is_refused(recorded: Recorded, text: bytes) -> None:
    recorded.restore()
    (recorded.folder / "entry.json").write_bytes(text)
    recorded.assert_refused_by_name()


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"\0", b""])
def test_a_document_that_is_no_json_is_never_loaded(recorded: Recorded, text: bytes) -> None:
    recorded.restore()
    (recorded.folder / "entry.json").write_bytes(text)
    assert recorded.load() is None
