"""A window has each image of the last spans once, in its split, with its newest label."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest
import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from components.history.artifact import ENTRY
from components.history.registry import ACCEPTED_EXAMPLES, History
from components.span_window.component import SpanWindow
from components.split_counts import check_recorded, record_counts

SPLITS = ("train", "eval", "test")


def split_of(picture: str) -> str:
    return SPLITS[hashlib.sha256(picture.encode()).digest()[0] % 3]


class Windows:
    """Runs SpanWindow on one span after another."""

    def __init__(self, folder: Path, spans: int):
        self._folder = folder
        self._spans = spans
        self._runs = 0
        self.history = History(f"{folder}/history")

    def run(
        self, span: int, pictures: dict[str, int], *, lost: int = 0
    ) -> standard_artifacts.Examples:
        """Runs SpanWindow on a span, given as the age of each image, that lost some examples."""
        self._runs += 1
        examples, window = standard_artifacts.Examples(), standard_artifacts.Examples()
        examples.uri = f"{self._folder}/examples/{self._runs}"
        window.uri = f"{self._folder}/window/{self._runs}"
        examples.split_names = artifact_utils.encode_split_names(list(SPLITS))
        examples.span = span
        for split in SPLITS:
            folder = Path(examples.uri, f"Split-{split}")
            folder.mkdir(parents=True)
            with tf.io.TFRecordWriter(str(folder / "data.gz"), "GZIP") as writer:
                for picture, age in pictures.items():
                    if split_of(picture) == split:
                        writer.write(_record(picture, age))
        counts = Counter(map(split_of, pictures))
        record_counts(examples, {split: counts[split] + lost for split in SPLITS})
        SpanWindow.EXECUTOR_SPEC.executor_class().Do(
            {"examples": [examples]},
            {"window": [window]},
            {"history": f"{self._folder}/history", "spans": self._spans},
        )
        return window


def _record(picture: str, age: int) -> bytes:
    feature = {
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[picture.encode()])),
        "age": tf.train.Feature(int64_list=tf.train.Int64List(value=[age])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def contents(window: standard_artifacts.Examples) -> dict[str, int]:
    """Returns the age of each image; asserts that each image is present once, in its split."""
    found: list[tuple[str, int]] = []
    for split in artifact_utils.decode_split_names(window.split_names):
        paths = [str(path) for path in Path(window.uri, f"Split-{split}").iterdir()]
        for record in tf.data.TFRecordDataset(paths, compression_type="GZIP"):
            feature = tf.train.Example.FromString(record.numpy()).features.feature
            picture = feature["image"].bytes_list.value[0].decode()
            assert split_of(picture) == split
            found.append((picture, feature["age"].int64_list.value[0]))
    assert max(Counter(picture for picture, _ in found).values()) == 1
    return dict(found)


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    return Windows(tmp_path, spans=3)


def span(number: int) -> dict[str, int]:
    return {f"picture {number}-{index}": number for index in range(5)}


def test_the_window_has_only_the_last_spans(windows):
    assert contents(windows.run(1, span(1))) == span(1)
    assert contents(windows.run(2, span(2))) == {**span(1), **span(2)}
    windows.run(3, span(3))
    window = windows.run(4, span(4))
    assert contents(window) == {**span(2), **span(3), **span(4)}
    assert window.span == 4
    names = window.get_string_custom_property(ENTRY).split()
    assert ["-span4-" in names[0], "-span3-" in names[1], "-span2-" in names[2]] == [True] * 3


def test_spans_that_left_the_window_are_not_kept(windows):
    for number in range(1, 6):
        windows.run(number, span(number))
    kept = [entry.span for entry in windows.history.entries(ACCEPTED_EXAMPLES)]
    assert kept == [5, 4, 3]


def test_an_image_in_several_spans_counts_once_with_its_newest_label(windows):
    windows.run(1, {"a": 10, "b": 20})
    assert contents(windows.run(2, {"a": 11, "c": 30})) == {"a": 11, "b": 20, "c": 30}


def test_a_rerun_span_replaces_its_earlier_examples(windows):
    windows.run(1, span(1))
    windows.run(2, {"old": 1})
    windows.run(3, span(3))
    assert contents(windows.run(2, {"new": 2})) == {"new": 2, **span(3), **span(1)}
    assert contents(windows.run(4, span(4))) == {**span(4), **span(3), "new": 2}


def test_a_late_span_is_combined_with_the_newest_spans(windows):
    for number in (2, 3, 4):
        windows.run(number, span(number))
    assert contents(windows.run(1, span(1))) == {**span(1), **span(4), **span(3)}


def test_a_window_records_how_many_examples_it_has(windows: Windows) -> None:
    windows.run(1, {"a": 20, "b": 30})
    found = contents(window := windows.run(2, {"a": 21, "c": 40}))
    counts = Counter(map(split_of, found))
    assert found.keys() == {"a", "b", "c"}
    for split in SPLITS:
        check_recorded(window, split, counts[split], "examples")
        with pytest.raises(RuntimeError, match=f"{counts[split]} examples in the {split} split"):
            check_recorded(window, split, counts[split] + 1, "examples")


def test_an_example_lost_since_the_ingest_raises_an_error(windows: Windows) -> None:
    with pytest.raises(RuntimeError, match="The Beam engine lost or repeated records"):
        windows.run(1, {"a": 20, "b": 30}, lost=1)
